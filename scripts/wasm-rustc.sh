#!/bin/sh
# wasm-rustc.sh: prints the path of a rustc that can compile for wasm32-unknown-unknown.
set -eu
T=wasm32-unknown-unknown
CACHE=${WASM_TOOLCHAIN_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/wharf/wasm-toolchain}
say() { echo "wasm-rustc: $*" >&2; }
has_std() { d=$("$1" --print target-libdir --target $T 2>/dev/null) && ls "$d"/libcore-*.rlib >/dev/null 2>&1; }
use() { if [ -n "$1" ] && has_std "$1"; then echo "$1"; exit 0; fi; }
R=$(rustup which rustc 2>/dev/null || command -v rustc || true)
use "$R"; use "$CACHE/bin/rustc"                       # either is already there
if [ -n "$R" ] && command -v rustup >/dev/null; then   # the normal way
  RUST_BACKTRACE=0 RUSTUP_MAX_RETRIES=0 timeout "${WASM_RUSTUP_TIMEOUT:-180}" rustup target add $T >&2 || true
  use "$R"; say "rustup target add did not work; trying Debian's rustc-web"
fi
for c in apt-get dpkg-deb cargo; do
  command -v $c >/dev/null || { say "no $c, so no fallback: get std for $T yourself"; exit 1; }
done
mkdir -p "$(dirname "$CACHE")"
W=$(mktemp -d "$CACHE.new.XXXXXX"); chmod 755 "$W"; trap 'rm -rf "$W"' EXIT; trap 'exit 130' INT TERM
mkdir -p "$W/debs/partial" "$W/root" "$W/bin" "$W/b/src"
fetch() { # downloads what this machine lacks of the closure; installs nothing, needs no root
  std=$(apt-cache depends libstd-rust-web-dev 2>/dev/null | sed -n 's/^ *Depends: \(libstd-rust-web-[0-9.]*\)$/\1/p')
  llvm=$(apt-cache depends "${std:-none}" 2>/dev/null | sed -n 's/^ *Depends: libllvm\([0-9]*\)$/\1/p')
  [ -n "$llvm" ] && apt-get -qq -y -o Debug::NoLocking=true -o Dir::Cache::archives="$W/debs" -o APT::Sandbox::User=root \
    install --download-only --no-install-recommends --reinstall \
    rustc-web libstd-rust-web-dev "$std" rust-web-src "libllvm$llvm" "lld-$llvm" >&2
}
fetch || { apt-get -q update >&2; fetch; } || { say "apt does not have rustc-web and rust-web-src"; exit 1; }
for d in "$W"/debs/*.deb; do dpkg-deb -x "$d" "$W/root"; done
cat > "$W/bin/rustc" <<'S'
#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")/root
LD_LIBRARY_PATH=$(echo "$root"/usr/lib/*-linux-gnu) exec "$root/usr/bin/rustc" "$@"
S
chmod +x "$W/bin/rustc"
lib=$W/root/usr/lib/rustlib; src=$lib/src/rust/library; host=$("$W/bin/rustc" -vV | sed -n 's/^host: //p')
mkdir -p "$lib/$host/bin" "$lib/$T/lib"
ln -s "../../../llvm-$llvm/bin/lld" "$lib/$host/bin/rust-lld"   # where rustc looks for its linker
say "compiling std for $T with $("$W/bin/rustc" -V)"
printf '[package]\nname = "b"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' > "$W/b/Cargo.toml"; : > "$W/b/src/lib.rs"
( cd "$W/b"; unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER
  RUSTC=$W/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$W/t \
  RUSTFLAGS="-Cembed-bitcode=yes --remap-path-prefix=$src=/rustc/library --remap-path-prefix=$(readlink -f "$src")=/rustc/library" \
  nice -n 10 cargo build --release --offline --target $T -Zbuild-std=std,panic_abort,test \
    --config 'source.crates-io.replace-with="std"' --config "source.std.directory=\"$src/vendor\"" >&2 )
cp "$W/t/$T"/release/deps/lib*.rlib "$lib/$T/lib"; rm -f "$lib/$T/lib"/libb-*
rm -rf "$W/debs" "$W/t" "$W/b" "$W/root/usr/src" "$W/root/usr/share" "$lib/src"
use "$CACHE/bin/rustc"                                  # another run was faster
rm -rf "$CACHE"; mv "$W" "$CACHE"; use "$CACHE/bin/rustc"; say "no std after all"; exit 1

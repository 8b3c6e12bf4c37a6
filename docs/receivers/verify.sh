#!/bin/sh
# Says whether a delivery of Wharf is genuine: ends with 0 if so, else with 1 and the reason. Needs openssl 3, and a shell.
#
#   WEBHOOK_SECRET=whsec_... sh verify.sh ID TIMESTAMP SIGNATURE < body
#
# The arguments are the headers webhook-id, webhook-timestamp and webhook-signature; the body is the octets that came, unchanged. WEBHOOK_SECRET is a
# secret (whsec_...), or a public key (whpk_...) where the signature is v1a. It is for looking into single deliveries: other users of the machine can
# see the secret in the list of processes while openssl runs.
set -euf

tolerance=300 # seconds by which the sender's clock may differ

refuse() {
  echo "refused: $1" >&2
  exit 1
}

[ $# -eq 3 ] || refuse "usage: WEBHOOK_SECRET=whsec_... sh verify.sh ID TIMESTAMP SIGNATURE < body"
id=$1 timestamp=$2 signatures=$3

case $timestamp in
  '' | *[!0-9]* | ?????????????*) refuse "the timestamp is no number of seconds" ;;
  0*) refuse "the timestamp is from 1970" ;;
esac
age=$(($(date +%s) - timestamp))
[ "$age" -le "$tolerance" ] || refuse "it was signed $age seconds ago"
[ "$age" -ge "-$tolerance" ] || refuse "it was signed in the future: is the clock right?"

# In files, since a variable of the shell cannot hold all octets.
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
{ printf '%s.%s.' "$id" "$timestamp" && cat; } > "$directory/signed"

decode() { printf '%s' "$1" | openssl base64 -d -A; }

case ${WEBHOOK_SECRET:?whsec_... or whpk_...} in
  whsec_*)
    key=$(decode "${WEBHOOK_SECRET#whsec_}" | od -An -v -tx1 | tr -d ' \n')
    [ -n "$key" ] || refuse "the secret is empty"
    expected=v1,$(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary "$directory/signed" | openssl base64 -A)
    for signature in $signatures; do
      [ "$signature" != "$expected" ] || exit 0
    done
    ;;
  whpk_*)
    # What stands before the 32 octets of every ed25519 key (RFC 8410).
    { printf '\060\052\060\005\006\003\053\145\160\003\041\000' && decode "${WEBHOOK_SECRET#whpk_}"; } > "$directory/key"
    for signature in $signatures; do
      case $signature in v1a,*) ;; *) continue ;; esac
      decode "${signature#v1a,}" > "$directory/signature" || continue
      if openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$directory/key" -in "$directory/signed" -sigfile "$directory/signature" > "$directory/output" 2>&1; then
        exit 0
      fi
    done
    ;;
  *) refuse "WEBHOOK_SECRET begins with neither whsec_ nor whpk_" ;;
esac
refuse "no signature fits"

//! The program as it is started: what it says, and what it ends with.

use acceptance::{Exit, Launch, Server};
use std::fs;
use std::net::TcpListener;

/// One line on stderr, nothing on stdout, and the exit code of a wrong configuration.
fn assert_refused(exit: &Exit, word: &str) {
    assert_eq!(exit.code, Some(2), "{exit:?}");
    assert_eq!(exit.stdout, "", "{exit:?}");
    assert_eq!(exit.stderr.trim_end().lines().count(), 1, "{exit:?}");
    assert!(exit.stderr.contains(word), "it names {word:?}: {exit:?}");
}

#[test]
fn unknown_options_and_commands_are_refused() {
    assert_refused(&Launch::run_bare(&["serve", "--listne", "127.0.0.1:0"]), "--listne");
    assert_refused(&Launch::run_bare(&["serve", "--listen"]), "--listen");
    assert_refused(&Launch::run_bare(&["serve", "stray"]), "stray");
    assert_refused(&Launch::run_bare(&["fly"]), "fly");
    assert_refused(&Launch::run_bare(&["--frobnicate"]), "--frobnicate");
}

#[test]
fn help_and_version_are_no_errors() {
    for args in [&["--help"][..], &["help"], &["serve", "--help"], &["--version"]] {
        let exit = Launch::run_bare(args);
        assert_eq!((exit.code, exit.stderr.as_str()), (Some(0), ""), "{args:?}");
        assert!(!exit.stdout.is_empty(), "{args:?}");
    }
    let help = Launch::run_bare(&["serve", "--help"]).stdout;
    for option in ["--listen", "--stomp-listen", "--data-dir", "--config", "--demo"] {
        assert!(help.contains(option), "{option} in {help}");
    }
    let version = Launch::run_bare(&["--version"]).stdout;
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
}

#[test]
fn without_a_command_it_explains_itself() {
    let exit = Launch::run_bare(&[]);
    assert_eq!(exit.code, Some(2));
    assert!(format!("{}{}", exit.stdout, exit.stderr).contains("serve"), "{exit:?}");
}

#[test]
fn a_port_in_use_is_refused() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it has an address").to_string();
    assert_refused(&Launch::new().listen(&address).run(), &address);
    assert_refused(&Launch::new().stomp_listen(&address).run(), &address);
}

#[test]
fn two_servers_do_not_share_a_port() {
    let first = Server::start();
    let address = first.http.to_string();
    assert_refused(&Launch::new().listen(&address).run(), &address);
    first.client().sync();
}

#[test]
fn addresses_that_are_none_are_refused() {
    for address in ["nowhere", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:99999", ":::"] {
        assert_refused(&Launch::new().listen(address).run(), address);
        assert_refused(&Launch::new().stomp_listen(address).run(), address);
    }
}

#[test]
fn configuration_files_are_checked() {
    assert_refused(&Launch::run_bare(&["serve", "--config", "/does/not/exist.toml"]), "/does/not/exist.toml");
    assert_refused(&Launch::run_bare(&["serve", "--config", "/"]), "/");
    assert_refused(&Launch::new().config("not toml at all").run(), "wharf.toml");
    assert_refused(&Launch::new().config("[limits]\nheaders = \"many\"").run(), "limits.headers");
    assert_refused(&Launch::new().config("[http]\nlisted = \"127.0.0.1:0\"").run(), "listed");
    assert_refused(&Launch::new().config("[htttp]\n").run(), "htttp");
    assert_refused(&Launch::new().config("[limits]\nbody = -1").run(), "limits.body");
    assert_refused(&Launch::new().config("[http]\nallowed_origins = [\"shop\"]").run(), "allowed_origins");
    assert_refused(&Launch::new().environment("WHARF_LIMITS__BODY", "many").run(), "limits.body");
}

#[test]
fn a_data_directory_must_be_one() {
    let file = std::env::temp_dir().join(format!("wharf-test-file-{}", std::process::id()));
    fs::write(&file, "").expect("the directory for temporary files is writable");
    let path = file.to_str().expect("a plain name");
    assert_refused(&Launch::new().data_dir(path).run(), path);
    fs::remove_file(&file).expect("it is ours");
}

#[test]
fn engines_that_are_not_there_are_refused() {
    assert_refused(&Launch::new().arg("--engine").arg("nats://127.0.0.1:4222").run(), "nats://127.0.0.1:4222");
}

#[test]
fn a_configuration_can_be_checked_without_starting() {
    assert_eq!(Launch::run_bare(&["check-config"]).code, Some(0));
    assert_refused(&Launch::run_bare(&["check-config", "--config", "/does/not/exist.toml"]), "/does/not/exist.toml");
}

#[test]
fn logs_go_to_stderr() {
    let mut server = Server::start();
    server.client().sync();
    server.program().terminate();
    let exit = server.program().wait();
    assert_eq!(exit.stdout, "", "the ready lines were read, and nothing else is printed: {exit:?}");
}

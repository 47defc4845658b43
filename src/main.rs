//! The program: understands what was typed, carries it out, ends with its exit code.

use std::process::ExitCode;

use sspr::{cli, config::process_environment};

fn main() -> ExitCode {
    // One crypto library for everything that speaks TLS. Err means that something chose before us: then it is chosen.
    let _ = rustls::crypto::ring::default_provider().install_default();

    let environment = process_environment();
    match cli::arguments::parse(std::env::args_os(), &environment) {
        Ok(arguments) => cli::run(arguments, environment).into(),
        Err(asked_or_wrong) => {
            let _ = asked_or_wrong.print();
            u8::try_from(asked_or_wrong.exit_code()).map_or(cli::Exit::Usage.into(), ExitCode::from)
        }
    }
}

//! `sspr config check` and `sspr config show`.

use std::{fmt::Write as _, path::PathBuf};

use super::{
    Exit, Said,
    arguments::{ConfigVerb, OutputFormat},
    output::Records,
};
use crate::{
    app::own_texts,
    config::{Config, ConfigProblem, Mode, Sources},
    outbox::texts::Measured,
};

/// Reads the configuration as `serve` would (`check`), or as far as it goes (`show`).
pub fn run(
    verb: ConfigVerb,
    file: Option<PathBuf>,
    environment: Vec<(String, String)>,
    output: OutputFormat,
) -> Said {
    let mode = match verb {
        ConfigVerb::Check => Mode::Serve,
        ConfigVerb::Show => Mode::Shell,
    };
    let config = match Config::load(Sources::new(mode, environment).file(file)) {
        Ok(config) => config,
        Err(problems) => {
            return Said { out: String::new(), err: told("error", &problems), exit: Exit::Configuration };
        }
    };
    let out = match (verb, output) {
        (ConfigVerb::Check, output) => match own_texts::measure(&config) {
            Ok(measured) => checked(&measured, output),
            Err(wrong) => return Said::refused(Exit::Configuration, format!("error: {wrong}\n")),
        },
        (ConfigVerb::Show, OutputFormat::List) => config.show(),
        (ConfigVerb::Show, output) => Records::Many(
            &["Key", "Value", "Origin"],
            config
                .settings
                .iter()
                .map(|setting| {
                    vec![
                        ("Key", setting.name.as_str().into()),
                        ("Value", setting.value.as_str().into()),
                        ("Origin", setting.origin.to_string().into()),
                    ]
                })
                .collect(),
        )
        .render(output),
    };
    Said { out, err: told("warning", &config.warnings), exit: Exit::Done }
}

/// That nothing is wrong, and what the text messages take: a sentence and a table, or the table alone for a program.
fn checked(measured: &[Measured], output: OutputFormat) -> String {
    let records = Records::Many(
        &["Texts", "Id", "Segments", "Septets"],
        measured
            .iter()
            .map(|text| {
                let file = if text.file.is_empty() { "ours" } else { &text.file };
                vec![
                    ("Texts", file.into()),
                    ("Id", text.id.as_str().into()),
                    ("Segments", (text.segments as u64).into()),
                    ("Septets", (text.septets as u64).into()),
                ]
            })
            .collect(),
    );
    match output {
        OutputFormat::List | OutputFormat::Table => {
            let table = records.render(OutputFormat::Table);
            format!(
                "The configuration is complete.\n\nText messages; one segment holds 160 septets:\n\n{table}"
            )
        }
        output => records.render(output),
    }
}

/// Problems as lines for standard error.
pub fn told(kind: &str, problems: &[ConfigProblem]) -> String {
    problems.iter().fold(String::new(), |mut text, problem| {
        let _ = writeln!(text, "{kind}: {problem}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(verb: ConfigVerb, output: OutputFormat, variables: &[(&str, &str)]) -> Said {
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        run(verb, None, environment.collect(), output)
    }

    #[test]
    fn a_check_that_finds_something_exits_78_with_one_line_each() {
        let said = with(ConfigVerb::Check, OutputFormat::List, &[("SSPR_LOG__FORMAT", "xml")]);
        assert_eq!(said.exit, Exit::Configuration);
        assert!(said.err.lines().all(|line| line.starts_with("error: ")), "{}", said.err);
        assert!(said.err.contains("log.format") && said.err.contains("database.url"));
        assert_eq!(said.out, "");
    }

    #[test]
    fn show_prints_what_holds_without_secrets() {
        let secret = [("SSPR_DATABASE__URL", "postgres://sspr:s3cret@localhost/sspr")];
        for output in [OutputFormat::List, OutputFormat::Table, OutputFormat::Json, OutputFormat::Csv] {
            let said = with(ConfigVerb::Show, output, &secret);
            assert_eq!(said.exit, Exit::Done);
            assert!(said.out.contains("[redacted]") && said.out.contains("environment SSPR_DATABASE__URL"));
            assert!(!said.out.contains("s3cret"));
        }
    }

    #[test]
    fn what_show_prints_is_toml_again() {
        let said = with(ConfigVerb::Show, OutputFormat::List, &[("SSPR_HELP__TEXT", "say \"hello\" \\ 425")]);
        let table = toml::de::DeTable::parse(&said.out).unwrap();
        assert_eq!(
            table.get_ref()["help"].get_ref()["text"].get_ref().as_str(),
            Some("say \"hello\" \\ 425")
        );
    }
}

//! `sspr completions` and `sspr man`: what the arguments themselves say, in the forms of shells and of `man`.
//!
//! Made from [`super::arguments`] and nothing else, so that neither can be out of date.

use std::{fs, io, path::Path};

use clap::{Command, CommandFactory as _};
use clap_complete::{generate, shells};
use clap_mangen::Man;

use super::{
    Exit, Said,
    arguments::{Arguments, Shell},
};

/// What the foot of a page says.
const SOURCE: &str = concat!("sspr ", env!("CARGO_PKG_VERSION"));

/// A completion script.
pub fn completions(shell: Shell) -> Said {
    let mut command = Arguments::command();
    let mut script = Vec::new();
    match shell {
        Shell::Bash => generate(shells::Bash, &mut command, "sspr", &mut script),
        Shell::Zsh => generate(shells::Zsh, &mut command, "sspr", &mut script),
        Shell::Fish => generate(shells::Fish, &mut command, "sspr", &mut script),
    }
    Said::done(String::from_utf8_lossy(&script).into_owned())
}

/// The manual: every page into a folder, which is made if it is missing, or the first one for a reader.
pub fn pages(folder: Option<&Path>) -> Said {
    let mut command = Arguments::command();
    command.build();
    let Some(folder) = folder else {
        return match page(&command) {
            Ok(page) => Said::done(page),
            Err(error) => Said::refused(Exit::Refused, format!("sspr: {error}\n")),
        };
    };
    match fs::create_dir_all(folder).and_then(|()| pages_of(&command, folder)) {
        Ok(count) => {
            let what = format!("sspr: {count} pages are in {}\n", folder.display());
            Said { out: String::new(), err: what, exit: Exit::Done }
        }
        Err(error) => {
            let what = format!("sspr: no pages can be written into {}: {error}\n", folder.display());
            Said::refused(Exit::Refused, what)
        }
    }
}

/// Writes the page of a command and those of the commands below; how many.
fn pages_of(command: &Command, folder: &Path) -> io::Result<usize> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    fs::write(folder.join(format!("{name}.1")), page(command)?)?;
    let mut count = 1;
    for below in command.get_subcommands() {
        count += pages_of(below, folder)?;
    }
    Ok(count)
}

/// A page. Its examples stand as they are: lines that `man` fills and hyphenates can't be copied into a shell.
fn page(command: &Command) -> io::Result<String> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let man = Man::new(command.clone()).title(&name).section("1").source(SOURCE);
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut text)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    if let Some(notes) = command.get_after_help() {
        text.extend_from_slice(b".SH NOTES\n.nf\n");
        for line in notes.to_string().lines() {
            text.extend_from_slice(escaped(line).as_bytes());
            text.push(b'\n');
        }
        text.extend_from_slice(b".fi\n");
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A line that troff prints as it stands.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\`");
    if line.starts_with('.') { format!("\\&{line}") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_an_example_is_printed_as_it_stands() {
        assert_eq!(escaped("  sspr --a 'b' \\"), "  sspr \\-\\-a \\(aqb\\(aq \\e");
        assert_eq!(escaped(".data"), "\\&.data");
    }
}

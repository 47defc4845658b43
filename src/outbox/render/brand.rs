//! Who sends: one for the whole deployment, never the company of a user. The "Check your e-mail" page names the
//! sender before anybody knows whether the user exists.

use url::Url;

use super::shown;

/// The sender of all messages, from the configuration.
#[derive(Debug, Clone)]
pub struct Brand {
    public_url: Url,
    host: String,
    name: String,
    help: Option<String>,
}

/// What is wrong with a configured sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrandFault {
    /// Not an `http` or `https` address with a host.
    #[error("not the address of a site: write it like https://reset.contoso.com")]
    PublicUrl,
    /// Nothing readable in the name.
    #[error("the sender's name is empty")]
    Name,
    /// Each mail has one link, and help is not it: a second link is what a forged mail would change.
    #[error("the help text holds a link: say it in words, like 'IT help desk, 425-555-0199'")]
    HelpHasALink,
}

impl Brand {
    /// `public_url` is where people reach the service, `name` stands in the From line, `help` says in words who
    /// helps ("IT help desk, 425-555-0199").
    pub fn new(public_url: &str, name: &str, help: Option<&str>) -> Result<Self, BrandFault> {
        let public_url = Url::parse(public_url).map_err(|_| BrandFault::PublicUrl)?;
        if !matches!(public_url.scheme(), "http" | "https") {
            return Err(BrandFault::PublicUrl);
        }
        let host = public_url.host_str().ok_or(BrandFault::PublicUrl)?.to_owned();
        let name = shown::one_line(name);
        if name.is_empty() {
            return Err(BrandFault::Name);
        }
        let help = help.map(shown::one_line).filter(|help| !help.is_empty());
        if help.as_ref().is_some_and(|help| help.contains("://") || help.to_lowercase().contains("www.")) {
            return Err(BrandFault::HelpHasALink);
        }
        Ok(Self { public_url, host, name, help })
    }

    /// The name in the From line: "Contoso password reset".
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The host that people see in the address bar, without scheme and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Who helps, in words.
    pub(super) fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The address of a page; `path` begins with a slash.
    pub(super) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// Whether a link leads here and can stand in a mail as it is: one word, no user name before the host.
    pub(super) fn owns(&self, link: &str) -> bool {
        let plain =
            link.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'\'' | b'\\'));
        plain
            && !link.contains('@')
            && Url::parse(link).is_ok_and(|link| link.origin() == self.public_url.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_that_would_spoil_mails_is_refused() {
        let fault = |url, name, help| Brand::new(url, name, help).map(|_| ()).unwrap_err();
        assert_eq!(fault("reset.contoso.com", "C", None), BrandFault::PublicUrl);
        assert_eq!(fault("javascript:alert(1)", "C", None), BrandFault::PublicUrl);
        assert_eq!(fault("https://reset.contoso.com", " \r\n", None), BrandFault::Name);
        let help = Some("see https://help.example");
        assert_eq!(fault("https://reset.contoso.com", "C", help), BrandFault::HelpHasALink);
    }

    #[test] // V-63
    fn a_name_can_not_add_a_header() {
        let brand = Brand::new("https://reset.contoso.com", "Contoso\r\nBcc: x", None).unwrap();
        assert_eq!(brand.name(), "Contoso Bcc: x");
    }

    #[test]
    fn only_links_to_the_public_address_are_ours() {
        let brand = Brand::new("https://reset.contoso.com/", "C", None).unwrap();
        assert!(brand.owns("https://reset.contoso.com/reset/email-link/abc-_1"));
        for foreign in [
            "https://evil.example/reset/email-link/abc",
            "http://reset.contoso.com/x",
            "https://reset.contoso.com:8443/x",
            "https://reset.contoso.com@evil.example/x",
            "https://reset.contoso.com/x\r\ny",
            "https://reset.contoso.com/x y",
            "https://reset.contoso.com/\"onclick",
            "/reset",
            "",
        ] {
            assert!(!brand.owns(foreign), "{foreign:?}");
        }
        assert_eq!(brand.page("/portal"), "https://reset.contoso.com/portal");
        assert_eq!(Brand::new("http://127.0.0.1:8080", "C", None).unwrap().host(), "127.0.0.1");
    }
}

//! Questions to DNS: by the system's servers, or the one of `doctor.dns_server`.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::RData,
};

/// Nobody could be asked, or nobody answered. That a name has no such record is an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAnswer;

/// Whom to ask.
pub struct Dns(TokioResolver);

impl Dns {
    /// Asks nobody yet.
    pub fn new(server: Option<SocketAddr>) -> Result<Self, NoAnswer> {
        let mut builder = match server {
            None => Resolver::builder_tokio().map_err(|_| NoAnswer)?,
            Some(server) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = server.port();
                    connection
                });
                let server = NameServerConfig::new(server.ip(), true, connections.into());
                let config = ResolverConfig::from_name_servers(vec![server]);
                Resolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        let options = builder.options_mut();
        options.timeout = Duration::from_secs(3);
        options.attempts = 2;
        builder.build().map(Self).map_err(|_| NoAnswer)
    }

    /// Whether there is such a name, with records of any kind.
    pub async fn knows(&self, name: &str) -> Result<bool, NoAnswer> {
        match self.0.txt_lookup(format!("{name}.")).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_nx_domain() => Ok(false),
            Err(error) if error.is_no_records_found() => Ok(true),
            Err(_) => Err(NoAnswer),
        }
    }

    /// The texts of a name, each put together of its pieces.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, NoAnswer> {
        // With its dot: never a name within the machine's own domain.
        let found = match self.0.txt_lookup(format!("{name}.")).await {
            Ok(found) => found,
            Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
            Err(_) => return Err(NoAnswer),
        };
        let texts = found.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
            _ => None,
        });
        Ok(texts.collect())
    }

    /// The hosts that take a domain's mail, in any order; `.` stands for nobody (RFC 7505).
    pub async fn mail_hosts(&self, domain: &str) -> Result<Vec<String>, NoAnswer> {
        let found = match self.0.mx_lookup(format!("{domain}.")).await {
            Ok(found) => found,
            Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
            Err(_) => return Err(NoAnswer),
        };
        let hosts = found.answers().iter().filter_map(|record| match &record.data {
            RData::MX(mx) => Some(mx.exchange.to_string()),
            _ => None,
        });
        Ok(hosts.collect())
    }
}

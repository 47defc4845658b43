//! A web server of a few lines, with TLS or without: what stands in front of the service, or somebody else at its address.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use super::smtp_server::Certificate;

/// Answers every request by its head, once a connection; gives the port on loopback. It ends with the test's process.
pub fn serve(
    certificate: Option<&Certificate>,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = certificate.map(|certificate| {
        let (chain, key) = certificate.files();
        let chain = vec![CertificateDer::from_pem_file(chain).unwrap()];
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap())
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (config, answer) = (config.clone(), answer.clone());
            std::thread::spawn(move || {
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                match config {
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        one(&mut StreamOwned::new(connection, stream), &*answer);
                    }
                    None => one(&mut { stream }, &*answer),
                }
            });
        }
    });
    port
}

fn one(stream: &mut (impl Read + Write), answer: &dyn Fn(&str) -> Vec<u8>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        head.push(byte[0]);
    }
    let _ = stream.write_all(&answer(&String::from_utf8_lossy(&head)));
    let _ = stream.flush();
}

/// Hands a request on to a node, as a proxy does.
pub fn to_node(url: &str) -> impl Fn(&str) -> Vec<u8> + Send + Sync + 'static {
    let node = url.strip_prefix("http://").unwrap().to_owned();
    move |head| {
        let mut stream = TcpStream::connect(&node).unwrap();
        let head = head.trim_end().to_owned() + "\r\nConnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

/// This status, with these header lines besides.
pub fn status(line: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\n{headers}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}").into_bytes()
}

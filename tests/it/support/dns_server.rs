//! A DNS server of a few lines, by UDP on loopback: TXT and MX records of a test, and "no such name" for everything else.

use std::net::SocketAddr;

use tokio::net::UdpSocket;

const TXT: u16 = 16;
const MX: u16 = 15;

/// A record.
#[derive(Clone, Debug)]
pub enum Record {
    /// A text.
    Txt(String),
    /// A host that takes mail; `.` for nobody.
    Mx(&'static str),
}

impl Record {
    fn kind(&self) -> u16 {
        match self {
            Self::Txt(_) => TXT,
            Self::Mx(_) => MX,
        }
    }

    fn data(&self) -> Vec<u8> {
        match self {
            // Cut as every DNS server has to cut it.
            Self::Txt(text) => text.as_bytes().chunks(200).flat_map(with_length).collect(),
            Self::Mx(host) => {
                let labels = host.split('.').filter(|label| !label.is_empty()).map(str::as_bytes);
                [0, 10].into_iter().chain(labels.flat_map(with_length)).chain([0]).collect()
            }
        }
    }
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    [&[u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

/// Starts one that knows these records, by their names in small letters; it ends with the test's runtime.
pub async fn start(records: Vec<(&'static str, Record)>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            if let Some(answer) = answer(&packet[..length], &records) {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    address
}

/// RFC 1035, 4.1: the question comes back, with answers that point to its name.
fn answer(packet: &[u8], records: &[(&'static str, Record)]) -> Option<Vec<u8>> {
    let mut at = 12;
    let mut labels = Vec::new();
    while let Some(length) = packet.get(at).copied().map(usize::from).filter(|length| *length > 0) {
        labels.push(String::from_utf8_lossy(packet.get(at + 1..at + 1 + length)?).to_lowercase());
        at += 1 + length;
    }
    let question = packet.get(12..at + 5)?;
    let kind = u16::from_be_bytes([packet[at + 1], packet[at + 2]]);
    let name = labels.join(".");
    let of_name = || records.iter().filter(|(known, _)| *known == name);
    let found: Vec<&Record> = of_name().map(|(_, record)| record).filter(|r| r.kind() == kind).collect();
    let code = if of_name().next().is_some() { 0 } else { 3 };
    let mut answer = packet[..2].to_vec();
    answer.extend([0x85, 0x80 | code, 0, 1]);
    answer.extend(u16::try_from(found.len()).unwrap().to_be_bytes());
    answer.extend([0; 4]);
    answer.extend(question);
    for record in found {
        answer.extend([0xc0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 60]);
        let data = record.data();
        answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        answer.extend(data);
    }
    Some(answer)
}

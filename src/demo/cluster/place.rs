//! Where the server's files and its socket are.
//!
//! The files: `DATA_DIR/postgres`. As root the server runs as another account, which often can't enter the folder (a
//! clone below root's 0700 home): then they are in `/var/lib/sspr-demo`, named by a hash of the data folder's path, and
//! `DATA_DIR/postgres-location` points there. Without that pointer nothing there is used: whoever removed the data
//! folder wants a fresh demo.
//!
//! The socket: a fresh folder of mode 0700 with a short path, because the kernel cuts socket paths at 104 to 108 bytes.

use std::fs::{DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::account::Account;
use super::{ClusterError, server};

/// The shortest limit of the systems we know (macOS: 104 bytes with the closing zero).
const SOCKET_PATH_LIMIT: usize = 103;

/// The server's files and who runs it.
#[derive(Debug)]
pub(super) struct Place {
    /// The folder that Postgres calls its data directory.
    pub data: PathBuf,
    /// It is not below our own data folder.
    pub elsewhere: bool,
    /// Who runs the server.
    pub account: Account,
}

impl Place {
    /// The major version that made the files; `None` when there are none yet.
    pub fn version(&self) -> Result<Option<u32>, ClusterError> {
        let path = self.data.join("PG_VERSION");
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let major =
                    text.trim().parse().map_err(|e| ClusterError::io("read", &path, io::Error::other(e)))?;
                Ok(Some(major))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(ClusterError::io("read", &path, e)),
        }
    }
}

/// Makes our data folder if it is missing and follows it to its real path. Private, but as root open for passing
/// through to those who know a name in it, so that the server's account reaches its files.
pub(super) fn make_data_dir(data_dir: &Path, account: &Account) -> Result<PathBuf, ClusterError> {
    let mode = if account.dropped { 0o711 } else { 0o700 };
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(data_dir)
        .and_then(|()| data_dir.canonicalize())
        .map_err(|e| ClusterError::io("make", data_dir, e))
}

/// Decides where the files are. The caller holds the lock of `data_dir`.
pub(super) fn choose(data_dir: &Path, account: Account) -> Result<Place, ClusterError> {
    let (inside, pointer) = (data_dir.join("postgres"), data_dir.join("postgres-location"));
    let pointed =
        std::fs::read_to_string(&pointer).ok().map(|text| PathBuf::from(text.trim_end_matches('\n')));
    if let Some(data) = pointed.filter(|data| is_there(data)) {
        return existing(data, true, account);
    }
    if is_there(&inside) {
        return existing(inside, false, account);
    }
    if !account.dropped || account.can_enter(data_dir) {
        return Ok(Place { data: inside, elsewhere: false, account });
    }
    let data = folder_of_root()?.join(name_of(data_dir));
    server::wait_for_the_former_one(&data)?;
    remove_folder(&data)?;
    std::fs::write(&pointer, format!("{}\n", data.display()))
        .map_err(|e| ClusterError::io("write", &pointer, e))?;
    Ok(Place { data, elsewhere: true, account })
}

/// Files that are there are run by their owner, or not at all.
fn existing(data: PathBuf, elsewhere: bool, account: Account) -> Result<Place, ClusterError> {
    let owner: Metadata = data.metadata().map_err(|e| ClusterError::io("look at", &data, e))?;
    let account = account.of_files(owner.uid(), owner.gid());
    if account.user != owner.uid() {
        return Err(ClusterError::NotYours { data, owner: owner.uid() });
    }
    if !account.can_enter(&data) {
        return Err(ClusterError::Unreachable { data, account: account.user });
    }
    Ok(Place { data, elsewhere, account })
}

/// Also when we may not look inside, because it is another account's.
fn is_there(data: &Path) -> bool {
    data.join("PG_VERSION").metadata().map_or_else(|e| e.kind() == io::ErrorKind::PermissionDenied, |_| true)
}

/// Names the owner of a folder that we can't use because it is not ours.
pub(super) fn not_ours_or(folder: &Path, error: ClusterError) -> ClusterError {
    match (&error, folder.metadata()) {
        (ClusterError::Io { source, .. }, Ok(is)) if source.kind() == io::ErrorKind::PermissionDenied => {
            ClusterError::NotYours { data: folder.into(), owner: is.uid() }
        }
        _ => error,
    }
}

/// `/var/lib` is not cleaned up by the system, as `/var/tmp` is; that one is for systems without the first.
fn folder_of_root() -> Result<PathBuf, ClusterError> {
    let parent = ["/var/lib", "/var/tmp"].map(Path::new).into_iter().find(|path| path.is_dir());
    let folder = parent.unwrap_or(Path::new("/tmp")).join("sspr-demo");
    let made = DirBuilder::new().mode(0o711).create(&folder);
    if let Err(e) = made
        && e.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(ClusterError::io("make", &folder, e));
    }
    // In a folder that everyone writes to, another account could have made it first and would then own our data.
    let is = folder.symlink_metadata().map_err(|e| ClusterError::io("look at", &folder, e))?;
    let only_roots = is.is_dir() && is.uid() == 0 && is.mode() & 0o022 == 0;
    if only_roots { Ok(folder) } else { Err(ClusterError::NotOnlyRoots(folder)) }
}

fn name_of(data_dir: &Path) -> String {
    let digest: [u8; 32] = Sha256::digest(data_dir.as_os_str().as_encoded_bytes()).into();
    digest[..8].iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
}

/// A name for the socket's folder, which the server's shell makes and removes. In the system's temporary folder, unless
/// its path is too long, unfit for Postgres's list of folders, or closed to the server's account. The name is random
/// and must be new: nobody can have prepared it.
pub(super) fn socket_folder(account: &Account) -> PathBuf {
    let name = format!("sspr-{:016x}", u64::from_ne_bytes(crate::random::bytes()));
    let preferred = std::env::temp_dir();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-".contains(&b);
    let fits = preferred.is_absolute()
        && preferred.as_os_str().as_encoded_bytes().iter().copied().all(plain)
        && server::socket(&preferred.join(&name)).as_os_str().len() <= SOCKET_PATH_LIMIT
        && account.can_make_files_in(&preferred);
    if fits { preferred.join(name) } else { Path::new("/tmp").join(name) }
}

/// A new folder that only the account enters.
pub(super) fn make_private(folder: &Path, account: &Account) -> Result<(), ClusterError> {
    DirBuilder::new().mode(0o700).create(folder).map_err(|e| ClusterError::io("make", folder, e))?;
    account.own(folder)
}

/// Removes a folder and all that is in it, if there is one.
pub(super) fn remove_folder(folder: &Path) -> Result<(), ClusterError> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(ClusterError::io("remove", folder, e)),
        _ => Ok(()),
    }
}

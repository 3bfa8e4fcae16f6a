//! The database and how it became what it is. Names and versions are on people's disks: never change one, add a version.

use std::cell::RefCell;
use std::rc::Rc;

use idb::event::VersionChangeEvent;
use idb::{Database, DatabaseEvent, Error, Factory, KeyPath, ObjectStoreParams};

use super::{Result, StoreError};

/// The database.
pub const DATABASE: &str = "chord";
/// One record a model, by its `id`.
pub const MANIFESTS: &str = "manifests";
/// Blobs, by `[model id, index]`.
pub const CHUNKS: &str = "chunks";
/// One record a download that is not whole, by its `id`; its chunks lie in [`CHUNKS`] under the id that the model will have.
pub const PARTIALS: &str = "partials";
/// The version that this build reads and writes.
pub const SCHEMA_VERSION: u32 = 2;

/// Opens the database called `name`, making or upgrading it as needed.
pub(super) async fn open(name: &str) -> Result<Database> {
    let unavailable = |error: Error| StoreError::Unavailable { reason: error.to_string() };
    let mut request = Factory::new().map_err(unavailable)?.open(name, Some(SCHEMA_VERSION)).map_err(unavailable)?;

    let failed = Rc::new(RefCell::new(None));
    request.on_upgrade_needed({
        let failed = Rc::clone(&failed);
        move |event| *failed.borrow_mut() = upgrade(&event).err()
    });
    let mut database = request.await.map_err(|error| match error {
        Error::DomException(error) if error.name() == "VersionError" => StoreError::Newer,
        error => unavailable(error),
    })?;
    if let Some(error) = failed.take() {
        database.close();
        return Err(unavailable(error));
    }
    // A newer version elsewhere wants to upgrade: make way. What this one does next fails with a sentence that says so.
    database.on_version_change(|event| {
        if let Some(database) = event.target().and_then(|target| Database::try_from(target).ok()) {
            database.close();
        }
    });
    Ok(database)
}

/// Runs every step from the version on disk (0: none) to [`SCHEMA_VERSION`], inside the upgrade's transaction.
fn upgrade(event: &VersionChangeEvent) -> Result<(), Error> {
    let database = event.database()?;
    for version in event.old_version()?..SCHEMA_VERSION {
        let mut by_id = ObjectStoreParams::new();
        by_id.key_path(Some(KeyPath::new_single("id")));
        // One arm for each step; `n` leads from n to n + 1. What a step adds to a record is optional to its reader, so that
        // no record has to be written anew.
        match version {
            0 => {
                database.create_object_store(MANIFESTS, by_id)?;
                database.create_object_store(CHUNKS, ObjectStoreParams::new())?;
            }
            1 => {
                database.create_object_store(PARTIALS, by_id)?;
            }
            _ => {}
        }
    }
    Ok(())
}

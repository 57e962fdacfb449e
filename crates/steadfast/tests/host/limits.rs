//! How large what an object stores may be, by class and by settings.

use steadfast::host::{App, DurableObject, Env, Request, Response, State};
use steadfast::runtime::RuntimeSettings;
use steadfast::storage::{Backing, Limits};
use steadfast::{Error, limits};

use super::{body, fetch, memory, text};

/// Stores a value whose size the path names.
struct Rows {
    state: State,
}

/// The same, not declared to use SQLite.
struct Values(Rows);

impl DurableObject for Rows {
    fn new(state: State) -> Result<Self, Error> {
        Ok(Self { state })
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        let value_bytes = request.uri().path().rsplit('/').next().and_then(|size| size.parse().ok());
        let value = "v".repeat(value_bytes.expect("a size"));
        Ok(text(match self.state.storage().put("key", value) {
            Ok(()) => "stored".to_owned(),
            Err(error) => error.message().to_owned(),
        }))
    }
}

impl DurableObject for Values {
    const BACKING: Backing = Backing::KeyValue;

    fn new(state: State) -> Result<Self, Error> {
        Rows::new(state).map(Self)
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        self.0.fetch(request).await
    }
}

fn app(limits: Limits) -> App {
    let entry = async |request: Request, env: Env| match request.uri().path().starts_with("/rows") {
        true => env.namespace::<Rows>()?.get_by_name("one").fetch(request).await,
        false => env.namespace::<Values>()?.get_by_name("one").fetch(request).await,
    };
    App::builder(memory())
        .settings(RuntimeSettings { limits, ..RuntimeSettings::default() })
        .object::<Rows>("test-Rows")
        .object::<Values>("test-Values")
        .start(entry)
        .expect("an app")
}

#[test]
fn production_is_narrower_above_all_for_classes_without_sqlite() {
    let too_big = "string or blob too big: SQLITE_TOOBIG";
    let too_large = "Values cannot be larger than 131072 bytes. A value of size 200006 was provided.";
    let row = limits::ROW_BYTES_MAX;
    for (profile, class, value_bytes, expected) in [
        (Limits::Local, "values", 200_000, "stored"),
        (Limits::Local, "values", row, "stored"),
        (Limits::Local, "rows", limits::LOCAL_ROW_BYTES_MAX, too_big),
        (Limits::Production, "rows", 200_000, "stored"),
        (Limits::Production, "rows", row, too_big),
        (Limits::Production, "values", 100_000, "stored"),
        (Limits::Production, "values", 200_000, too_large),
    ] {
        let seen = body(fetch(&app(profile), &format!("/{class}/{value_bytes}")));
        assert_eq!(seen, expected, "{profile:?} {class} {value_bytes}");
    }
}

//! The counter every host has, with a few more ways to be asked.

use steadfast::Error;
use steadfast::host::{App, AppBuilder, DurableObject, Env, Request, Response, State};

use super::text;

/// Its unique key, that of `examples/counter`.
pub(super) const UNIQUE_KEY: &str = "counter-Counter";

/// Counts its requests. The last part of the path says how; the rest is its name.
pub(super) struct Counter {
    state: State,
    constructed: u32,
}

impl DurableObject for Counter {
    fn new(state: State) -> Result<Self, Error> {
        let constructed = state.storage().get::<u32>("constructed")?.unwrap_or(0) + 1;
        state.storage().put("constructed", constructed)?;
        Ok(Self { state, constructed })
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        let storage = self.state.storage();
        match action(&request) {
            "read" => {}
            "constructed" => return Ok(text(self.constructed)),
            "reset" => storage.delete_all()?,
            "abort" => {
                self.increment()?;
                self.state.abort("enough").await;
            }
            "panic" => {
                self.increment()?;
                panic!("as asked");
            }
            "fail" => {
                self.increment()?;
                return Err(Error::new(steadfast::ErrorKind::Invalid, "as asked"));
            }
            "sync" => {
                self.increment()?;
                storage.sync().await?;
            }
            _ => self.increment()?,
        }
        Ok(text(storage.get::<u32>("count")?.unwrap_or(0)))
    }
}

impl Counter {
    fn increment(&self) -> Result<(), Error> {
        let count = self.state.storage().get::<u32>("count")?.unwrap_or(0);
        self.state.storage().put("count", count + 1)
    }
}

fn action(request: &Request) -> &str {
    request.uri().path().rsplit('/').next().unwrap_or_default()
}

/// Passes a request to the counter its path names.
pub(super) async fn entry(request: Request, env: Env) -> Result<Response, Error> {
    let path = request.uri().path();
    let name = path.rsplit_once('/').map_or(path, |(name, _)| name).to_owned();
    env.namespace::<Counter>()?.get_by_name(&name).fetch(request).await
}

pub(super) fn counters(builder: AppBuilder) -> App {
    builder.object::<Counter>(UNIQUE_KEY).start(entry).expect("an app")
}

//! Data in and out: each function opens a data directory, works on a thread of Node's pool, and closes it.

use std::path::Path;
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Buffer, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use steadfast::engine::{Engine, EngineError, SqliteEngine, find_base};
use steadfast::id::ObjectId;
use steadfast::transfer::{
    self, CheckReport, ExportOptions, ExportReport, ImportOptions, ImportReport, NamespaceSummary,
    ObjectDetails, ObjectSummary, Progress, TransferError,
};

use crate::error::coded;
use crate::server::code_of;

/// Imports what workerd has stored; `on_progress` is told objects done and in all.
#[napi(ts_return_type = "Promise<unknown>")]
pub fn import_data(
    directory: String,
    source: String,
    overwrite: bool,
    on_progress: Function<'_, Steps, ()>,
) -> Result<AsyncTask<Transfer<Imported>>> {
    let progress = Reporter::new(on_progress)?;
    Transfer::start(move || {
        let engine = open(&directory)?;
        let options = ImportOptions { overwrite };
        let report = transfer::import(&*engine, source.as_ref(), options, &mut progress.reporting());
        close(&*engine, report).map(Imported::from)
    })
}

/// Exports everything in workerd's layout.
#[napi(ts_return_type = "Promise<unknown>")]
pub fn export_data(
    directory: String,
    target: String,
    overwrite: bool,
    on_progress: Function<'_, Steps, ()>,
) -> Result<AsyncTask<Transfer<Exported>>> {
    let progress = Reporter::new(on_progress)?;
    Transfer::start(move || {
        let engine = open_existing(&directory)?;
        let options = ExportOptions { overwrite };
        let report = transfer::export(&*engine, target.as_ref(), options, &mut progress.reporting());
        close(&*engine, report).map(Exported::from)
    })
}

/// Verifies a data directory.
#[napi(ts_return_type = "Promise<unknown>")]
pub fn check_data(
    directory: String,
    on_progress: Function<'_, Steps, ()>,
) -> Result<AsyncTask<Transfer<Checked>>> {
    let progress = Reporter::new(on_progress)?;
    Transfer::start(move || {
        let open = |_: &Path| open_engine(&directory);
        let report = transfer::check(directory.as_ref(), open, &mut progress.reporting());
        report.map(Checked::from).map_err(|error| failure(&error))
    })
}

/// The namespaces of a data directory.
#[napi(ts_return_type = "Promise<unknown>")]
pub fn inspect_namespaces(directory: String) -> Result<AsyncTask<Transfer<Vec<Namespace>>>> {
    Transfer::start(move || {
        let engine = open_existing(&directory)?;
        let namespaces = close(&*engine, transfer::inspect_namespaces(&engine))?;
        Ok(namespaces.into_iter().map(Namespace::from).collect())
    })
}

/// The first `limit` objects of a namespace.
#[napi(ts_return_type = "Promise<unknown>")]
pub fn inspect_objects(
    directory: String,
    namespace: String,
    limit: u32,
) -> Result<AsyncTask<Transfer<Vec<Object>>>> {
    Transfer::start(move || {
        let engine = open_existing(&directory)?;
        let objects = transfer::inspect_objects(&engine, &namespace, limit as usize);
        Ok(close(&*engine, objects)?.into_iter().map(Object::from).collect())
    })
}

/// One object, by id or name, with the first `limit` of its keys; `null` if there is none.
#[napi(ts_return_type = "Promise<unknown>")]
pub fn inspect_object(
    directory: String,
    namespace: String,
    object: String,
    limit: u32,
) -> Result<AsyncTask<Transfer<Option<Details>>>> {
    Transfer::start(move || {
        let engine = open_existing(&directory)?;
        let details = transfer::inspect_object(&engine, &namespace, &object, limit as usize);
        Ok(close(&*engine, details)?.map(Details::from))
    })
}

/// What an import did.
#[napi(object)]
pub struct Imported {
    pub root: String,
    pub namespaces: f64,
    pub objects: f64,
    pub empty_objects: f64,
    pub keys: f64,
    pub databases: f64,
    pub alarms: f64,
    pub bytes: f64,
    pub problems: Vec<Line>,
    pub notes: Vec<Line>,
}

/// What an export did.
#[napi(object)]
pub struct Exported {
    pub namespaces: f64,
    pub objects: f64,
    pub empty_objects: f64,
    pub keys: f64,
    pub databases: f64,
    pub alarms: f64,
    pub bytes: f64,
}

/// What a check found.
#[napi(object)]
pub struct Checked {
    pub objects: f64,
    pub keys: f64,
    pub pages: f64,
    pub databases: f64,
    pub findings: Vec<Line>,
}

/// Something to tell, and what it is about.
#[napi(object)]
pub struct Line {
    pub place: String,
    pub text: String,
}

/// A namespace.
#[napi(object)]
pub struct Namespace {
    pub key: String,
    pub objects: f64,
}

/// An object in numbers.
#[napi(object)]
pub struct Object {
    pub id: String,
    pub name: Option<String>,
    pub keys: f64,
    pub database_bytes: f64,
    pub tables: Vec<String>,
    pub alarm_ms: Option<f64>,
}

/// An object with its keys and tables.
#[napi(object, object_from_js = false)]
pub struct Details {
    pub summary: Object,
    pub keys: Vec<Key>,
    pub tables: Vec<Table>,
}

/// A key with its value as it is stored.
#[napi(object, object_from_js = false)]
pub struct Key {
    pub key: String,
    pub value: Buffer,
}

/// A table with its rows, or why they cannot be counted.
#[napi(object)]
pub struct Table {
    pub name: String,
    pub rows: Option<f64>,
    pub failure: Option<String>,
}

/// Work for a thread of Node's pool.
pub struct Transfer<T> {
    work: Option<Work<T>>,
}

type Work<T> = Box<dyn FnOnce() -> Result<T> + Send>;
type Steps = napi::bindgen_prelude::FnArgs<(f64, f64)>;

impl<T> Transfer<T> {
    fn start(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<AsyncTask<Self>>
    where
        Self: Task,
    {
        crate::log::start();
        Ok(AsyncTask::new(Self { work: Some(Box::new(work)) }))
    }
}

impl<T> Task for Transfer<T>
where
    T: Send + napi::bindgen_prelude::ToNapiValue + napi::bindgen_prelude::TypeName + 'static,
{
    type Output = T;
    type JsValue = T;

    fn compute(&mut self) -> Result<T> {
        let work = self.work.take().ok_or_else(|| Error::new(Status::GenericFailure, "it ran before"))?;
        work()
    }

    fn resolve(&mut self, _env: Env, output: T) -> Result<T> {
        Ok(output)
    }
}

/// Tells JavaScript of progress, a bounded number of times.
struct Reporter(ThreadsafeFunction<Steps, (), Steps, Status, false, true>);

impl Reporter {
    fn new(on_progress: Function<'_, Steps, ()>) -> Result<Self> {
        Ok(Self(on_progress.build_threadsafe_function::<Steps>().weak::<true>().build()?))
    }

    fn reporting(&self) -> impl FnMut(Progress) {
        let mut told = 0;
        move |Progress { done, total }| {
            let step = done * REPORTS_MAX / total.max(1);
            if step > told {
                told = step;
                self.0.call((done as f64, total as f64).into(), ThreadsafeFunctionCallMode::NonBlocking);
            }
        }
    }
}

/// How often progress is told: as fine as a bar can be drawn.
const REPORTS_MAX: u64 = 200;

fn open_engine(directory: &str) -> std::result::Result<Arc<dyn Engine>, EngineError> {
    Ok(Arc::new(SqliteEngine::open(directory.as_ref())?))
}

fn open(directory: &str) -> Result<Arc<dyn Engine>> {
    open_engine(directory).map_err(|error| coded(code_of(&error), &error))
}

fn open_existing(directory: &str) -> Result<Arc<dyn Engine>> {
    find_base(directory.as_ref()).map_err(|error| coded(code_of(&error), &error))?;
    open(directory)
}

/// Makes everything durable and lets go of the directory, whatever came of the work.
fn close<T>(engine: &dyn Engine, outcome: std::result::Result<T, TransferError>) -> Result<T> {
    let closed = engine.close().map_err(|cause| coded("ERR_FAILED", cause));
    let outcome = outcome.map_err(|error| failure(&error))?;
    closed.map(|()| outcome)
}

fn failure(error: &TransferError) -> Error {
    let code = match error {
        TransferError::Engine(error) => code_of(error),
        TransferError::Poisoned(_) => "ERR_FAILED",
        _ => "ERR_TRANSFER",
    };
    match std::error::Error::source(error) {
        Some(source) => coded(code, format_args!("{error}: {source}")),
        None => coded(code, error),
    }
}

fn path_text(path: &Path) -> String {
    path.display().to_string()
}

impl From<ImportReport> for Imported {
    fn from(report: ImportReport) -> Self {
        let problems = report.problems.iter();
        let notes = report.notes.into_iter();
        Self {
            root: path_text(&report.root),
            namespaces: report.namespaces as f64,
            objects: report.objects as f64,
            empty_objects: report.empty_objects as f64,
            keys: report.keys as f64,
            databases: report.databases as f64,
            alarms: report.alarms as f64,
            bytes: report.bytes as f64,
            problems: problems
                .map(|problem| Line { place: path_text(&problem.path), text: problem.why.to_string() })
                .collect(),
            notes: notes.map(|note| Line { place: path_text(&note.path), text: note.text }).collect(),
        }
    }
}

impl From<ExportReport> for Exported {
    fn from(report: ExportReport) -> Self {
        Self {
            namespaces: report.namespaces as f64,
            objects: report.objects as f64,
            empty_objects: report.empty_objects as f64,
            keys: report.keys as f64,
            databases: report.databases as f64,
            alarms: report.alarms as f64,
            bytes: report.bytes as f64,
        }
    }
}

impl From<CheckReport> for Checked {
    fn from(report: CheckReport) -> Self {
        let findings = report.findings.into_iter();
        Self {
            objects: report.objects as f64,
            keys: report.keys as f64,
            pages: report.pages as f64,
            databases: report.databases as f64,
            findings: findings.map(|finding| Line { place: finding.place, text: finding.text }).collect(),
        }
    }
}

impl From<NamespaceSummary> for Namespace {
    fn from(namespace: NamespaceSummary) -> Self {
        Self { key: namespace.key.to_string(), objects: namespace.objects as f64 }
    }
}

impl From<ObjectSummary> for Object {
    fn from(object: ObjectSummary) -> Self {
        Self {
            id: ObjectId::from_bytes(object.id, None).to_string(),
            name: object.name.map(|name| name.to_string()),
            keys: object.keys as f64,
            database_bytes: object.database_bytes as f64,
            tables: object.tables,
            alarm_ms: object.alarm_ms.map(|due_ms| due_ms as f64),
        }
    }
}

impl From<ObjectDetails> for Details {
    fn from(details: ObjectDetails) -> Self {
        let (keys, tables) = (details.keys.into_iter(), details.tables.into_iter());
        Self {
            summary: details.summary.into(),
            keys: keys.map(|entry| Key { key: entry.key, value: entry.value.to_vec().into() }).collect(),
            tables: tables
                .map(|table| Table {
                    name: table.name,
                    rows: table.rows.as_ref().ok().map(|rows| *rows as f64),
                    failure: table.rows.err(),
                })
                .collect(),
        }
    }
}

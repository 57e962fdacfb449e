use std::any::{TypeId, type_name};
use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;

use super::shell::{Class, Shell};
use super::{DurableObject, Request, Response};
use crate::id::ObjectId;
use crate::runtime::{CallNo, NamespaceNo, Target};
use crate::{Error, ErrorKind};

/// The app's namespaces, as code on its thread reaches them.
#[derive(Clone)]
pub struct Env {
    shell: Rc<Shell>,
}

impl Env {
    pub(super) fn new(shell: Rc<Shell>) -> Self {
        Self { shell }
    }

    /// The objects of a class.
    ///
    /// # Errors
    /// `Invalid` when the class was not given to the app's builder.
    pub fn namespace<T: DurableObject>(&self) -> Result<Namespace<T>, Error> {
        let of_type = |class: &Class| class.rust_type == TypeId::of::<T>();
        let at = self.shell.classes.iter().position(of_type).ok_or_else(|| {
            let message = format!("class is not part of the app: class={}", type_name::<T>());
            Error::new(ErrorKind::Invalid, message)
        })?;
        let no = NamespaceNo(u32::try_from(at).expect("classes are few"));
        Ok(Namespace { shell: self.shell.clone(), no, class: PhantomData })
    }
}

/// The objects of one class.
pub struct Namespace<T> {
    shell: Rc<Shell>,
    no: NamespaceNo,
    class: PhantomData<fn() -> T>,
}

impl<T: DurableObject> Namespace<T> {
    /// The id a name stands for.
    #[must_use]
    pub fn id_from_name(&self, name: &str) -> ObjectId {
        self.class().ids.from_name(name)
    }

    /// A new id that equals no other.
    ///
    /// # Errors
    /// `Internal` if the system has no randomness to give.
    pub fn new_unique_id(&self) -> Result<ObjectId, Error> {
        self.class().ids.unique()
    }

    /// Reads an id back from 64 hex digits.
    ///
    /// # Errors
    /// `Invalid` if it is not 64 hex digits, or not an id of this namespace.
    pub fn id_from_string(&self, text: &str) -> Result<ObjectId, Error> {
        self.class().ids.from_hex(text)
    }

    /// The object with this id. Sends nothing.
    #[must_use]
    pub fn get(&self, id: ObjectId) -> Stub<T> {
        let (shell, namespace) = (self.shell.clone(), self.no);
        Stub { shell, namespace, id, first_call: Cell::new(None), class: PhantomData }
    }

    /// The object a name stands for. Sends nothing.
    #[must_use]
    pub fn get_by_name(&self, name: &str) -> Stub<T> {
        self.get(self.id_from_name(name))
    }

    fn class(&self) -> &Class {
        &self.shell.classes[self.no.0 as usize]
    }
}

/// A way to one object.
///
/// Requests made through one stub arrive in order. A stub that was in use when its object was reset
/// fails from then on, with the same error; get a new one.
pub struct Stub<T> {
    shell: Rc<Shell>,
    namespace: NamespaceNo,
    id: ObjectId,
    first_call: Cell<Option<CallNo>>,
    class: PhantomData<fn() -> T>,
}

impl<T: DurableObject> Stub<T> {
    /// The object's id.
    #[must_use]
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// Sends a request, now, and waits for the answer. Dropping the result does not take the request
    /// back.
    ///
    /// # Errors
    /// What the object's handler returned; `Reset` when the object was reset, `Overloaded` when its
    /// queue is full, `Invalid` when calls nest too deeply.
    pub fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, Error>> + use<T> {
        let seen = self.id.seen_by_object();
        let target = Target {
            namespace: self.namespace,
            id: *seen.bytes(),
            name: seen.name().map(Into::into),
            facet: None,
        };
        let called = self.shell.call(target, request, self.first_call.get());
        if let Ok((no, _)) = &called {
            self.first_call.set(self.first_call.get().or(Some(*no)));
        }
        async move {
            let (_, answer) = called?;
            answer.await
        }
    }
}

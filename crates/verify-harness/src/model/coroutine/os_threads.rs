//! Coroutines as OS threads of which one runs at a time.
//!
//! A coroutine and the thread that resumes it share a *baton*: the side whose turn it is holds it, the other waits for it.
//! The mutex of the baton orders what both sides do (C1), so values that are not `Send` may go back and forth: they are
//! used by several OS threads, but never by two at once.
//!
//! What makes a value not `Send` for another reason, that it is tied to the thread it was made on, is the program's own: its
//! model threads run on several OS threads, which is what it asks for.

use core::ops::Range;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::Paused;
use super::context::Context;

pub(super) type Body = Box<dyn FnOnce(*const Baton)>;

/// A body on its way to the thread that runs it.
struct Passed(Body);

// SAFETY: the body is made by the resuming thread and run by the coroutine's, never by both at once (C1).
unsafe impl Send for Passed {}

/// Whose turn it is, and what it is told.
enum Turn {
    /// The coroutine is to start `Passed`, in this context.
    Start(Passed, Context),
    /// The coroutine is to go on.
    Resume(Context),
    /// The thread is to end.
    Quit,
    /// The coroutine's thread waits for its first body; its frames will be below this address.
    Ready(usize),
    /// The resuming thread is to go on.
    Back(Paused, Context),
    /// The side that was told something does it.
    Taken,
}

/// See the module.
pub(in super::super) struct Baton {
    turn: Mutex<Turn>,
    passed: Condvar,
}

impl Baton {
    /// Tells the other side whose turn it is.
    fn pass(&self, turn: Turn) {
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = turn;
        self.passed.notify_all();
    }

    /// Waits until the other side says what `wanted` takes.
    fn wait<T>(&self, wanted: impl Fn(Turn) -> Result<T, Turn>) -> T {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match wanted(core::mem::replace(&mut *turn, Turn::Taken)) {
                Ok(found) => return found,
                Err(other) => *turn = other,
            }
            turn = self.passed.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives control back and waits until it returns.
    pub(super) fn suspend(&self) {
        self.pass(Turn::Back(Paused::Suspended, Context::take()));
        let context = self.wait(|turn| match turn {
            Turn::Resume(context) => Ok(context),
            other => Err(other),
        });
        context.install();
    }

    /// What the thread of a coroutine does: bodies, one after the other.
    fn serve(&self) {
        let top = 0u8;
        // Frames of bodies are below those of this function: stacks grow downwards wherever `std` has threads.
        self.pass(Turn::Ready(core::hint::black_box(&raw const top).addr()));
        loop {
            let next = self.wait(|turn| match turn {
                Turn::Start(body, context) => Ok(Some((body, context))),
                Turn::Quit => Ok(None),
                other => Err(other),
            });
            let Some((Passed(body), context)) = next else { return };
            context.install();
            body(self);
            self.pass(Turn::Back(Paused::Ended, Context::take()));
        }
    }
}

/// An OS thread that runs bodies when it is told to.
struct Server {
    baton: Arc<Baton>,
    frames: Range<usize>,
    handle: JoinHandle<()>,
}

impl Server {
    fn new(size: usize) -> Self {
        let baton = Arc::new(Baton { turn: Mutex::new(Turn::Taken), passed: Condvar::new() });
        let own = Arc::clone(&baton);
        let spawned = thread::Builder::new().name("model".to_owned()).stack_size(size).spawn(move || own.serve());
        let handle = match spawned {
            Ok(handle) => handle,
            Err(error) => panic!("cannot start the OS thread of a model thread: {error}"),
        };
        let top = baton.wait(|turn| match turn {
            Turn::Ready(top) => Ok(top),
            other => Err(other),
        });
        Self { baton, frames: top.saturating_sub(size)..top, handle }
    }
}

/// OS threads that no coroutine uses.
pub(in super::super) struct Threads {
    free: Vec<Server>,
    size: usize,
}

impl Threads {
    pub(super) fn new(size: usize) -> Self {
        Self { free: Vec::new(), size }
    }

    pub(super) fn start(&mut self, body: Body) -> (Coroutine, Range<usize>) {
        let server = self.free.pop().unwrap_or_else(|| Server::new(self.size));
        let frames = server.frames.clone();
        (Coroutine { server, body: Some(body) }, frames)
    }

    pub(super) fn recycle(&mut self, coroutine: Coroutine) {
        self.free.push(coroutine.server);
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        for server in self.free.drain(..) {
            server.baton.pass(Turn::Quit);
            // Nothing but a bug of the checker panics there, and that has been reported.
            let _ = server.handle.join();
        }
    }
}

/// A body that an OS thread runs, step by step.
pub(in super::super) struct Coroutine {
    server: Server,
    body: Option<Body>,
}

impl Coroutine {
    pub(super) fn resume(&mut self) -> Paused {
        let context = Context::take();
        self.server.baton.pass(match self.body.take() {
            Some(body) => Turn::Start(Passed(body), context),
            None => Turn::Resume(context),
        });
        let (paused, context) = self.server.baton.wait(|turn| match turn {
            Turn::Back(paused, context) => Ok((paused, context)),
            other => Err(other),
        });
        context.install();
        paused
    }

    /// Leaves the thread waiting for ever, with all that is on its stack.
    pub(super) fn abandon(self) {
        drop(self.server.handle);
    }
}

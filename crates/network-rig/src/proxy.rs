//! A connection that fails on demand: a TCP proxy on a port of its own.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// How connections are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// As they should be.
    None,
    /// Those that are open are cut, and new ones are closed at once.
    Dropped,
    /// Each begins after so many milliseconds.
    Slow(u64),
    /// Every HTTP request is answered with this status.
    Status(u16),
}

/// A proxy in front of an address.
pub struct Proxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    connections: Arc<AtomicUsize>,
    failures: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// In front of `target` (`127.0.0.1:8899`).
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(target: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let fault = watch::Sender::new(Fault::None);
        let (connections, failures) = (Arc::<AtomicUsize>::default(), Arc::<AtomicU64>::default());
        let served = Served {
            target: target.to_owned(),
            fault: fault.clone(),
            connections: connections.clone(),
            failures: failures.clone(),
        };
        let served = Arc::new(served);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(served.clone().serve(stream));
            }
        });
        Ok(Self { address, fault, connections, failures, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Connections that were opened through it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Connections and requests that met a fault.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Served {
    target: String,
    fault: watch::Sender<Fault>,
    connections: Arc<AtomicUsize>,
    failures: Arc<AtomicU64>,
}

impl Served {
    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let mut fault = self.fault.subscribe();
        let current = *fault.borrow_and_update();
        if current != Fault::None {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        match current {
            Fault::None => {}
            Fault::Dropped => return,
            Fault::Slow(milliseconds) => sleep(Duration::from_millis(milliseconds)).await,
            Fault::Status(status) => {
                let mut request = [0; 4_096];
                let _ = stream.read(&mut request).await;
                let answer = format!("HTTP/1.1 {status} Fault\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
                return;
            }
        }
        let Ok(mut target) = TcpStream::connect(&self.target).await else { return };
        // A change of the fault cuts what is open: clients keep connections, and would not notice.
        tokio::select! {
            _ = copy_bidirectional(&mut stream, &mut target) => {}
            _ = fault.changed() => {}
        }
    }
}

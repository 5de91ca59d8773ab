//! A server on loopback that answers as a test tells it: well, badly, or not at all.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::PATIENCE;

/// The server; it stops with this value.
pub(crate) struct Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A request, read to its end.
pub(crate) struct Request {
    /// From 0.
    pub(crate) number: usize,
    /// Head and body, as they came.
    pub(crate) text: String,
    stream: TcpStream,
}

impl Server {
    /// Hands every request to `answer`, one after the other.
    pub(crate) fn start(mut answer: impl FnMut(Request) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                if until.load(Ordering::SeqCst) {
                    return;
                }
                answer(Request::read(number, stream.unwrap()));
            }
        });
        Self {
            address,
            is_over,
            thread: Some(thread),
        }
    }

    /// Answers every request with these bytes and hangs up.
    pub(crate) fn always(reply: impl Into<Vec<u8>>) -> Self {
        let reply = reply.into();
        Self::start(move |request| request.reply(&reply))
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // The thread waits for a connection; this is the last.
        let last = TcpStream::connect(self.address);
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            last.unwrap();
            ended.unwrap();
        }
    }
}

impl Request {
    fn read(number: usize, mut stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut bytes = Vec::new();
        while !is_whole(&bytes) {
            let mut piece = [0; 4096];
            match stream.read(&mut piece).unwrap() {
                0 => break,
                n => bytes.extend_from_slice(&piece[..n]),
            }
        }
        Self {
            number,
            text: String::from_utf8(bytes).unwrap(),
            stream,
        }
    }

    /// Sends these bytes and hangs up.
    pub(crate) fn reply(mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Says nothing until the other side gives up.
    pub(crate) fn keep_waiting(mut self) {
        // Whether the other side hangs up or breaks off, it gave up.
        let _ = self.stream.read(&mut [0]);
    }
}

/// Whether the head is there, and as much of a body as it announces.
fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let mut lengths = head
        .lines()
        .filter_map(|line| line.strip_prefix("content-length:"));
    lengths
        .next()
        .is_none_or(|length| body.len() >= length.trim().parse().unwrap())
}

/// An HTTP reply with this body, the last on its connection.
pub(crate) fn http_reply(status: &str, media_type: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

//! `autopack serve` as a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use super::{PATIENCE, Sandbox};

/// The process; it ends with this value.
pub(crate) struct Serving {
    child: Child,
    address: String,
    said: Receiver<String>,
    /// What it has said to whoever watches, as far as it was waited for.
    pub(crate) stderr: String,
}

impl Serving {
    /// Starts it on a free port with these variables and waits until it listens.
    pub(crate) fn start(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Self {
        Self::at("127.0.0.1:0", sandbox, variables)
    }

    /// Starts it on this address.
    pub(crate) fn at(listen: &str, sandbox: &Sandbox, variables: &[(&str, &str)]) -> Self {
        let mut process = sandbox.process(&["serve", "--listen", listen]);
        process
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = process.spawn().unwrap();
        let (say, said) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines() {
                // The test may have ended.
                let _ = say.send(line.unwrap());
            }
        });
        let mut greeting = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut greeting).unwrap();
        let start = greeting.find("http://").expect(&greeting);
        Self {
            address: greeting[start + "http://".len()..].trim_end().to_owned(),
            child,
            said,
            stderr: String::new(),
        }
    }

    /// Waits until it says a line with this in it.
    pub(crate) fn wait_for(&mut self, words: &str) {
        loop {
            let Ok(line) = self.said.recv_timeout(PATIENCE) else {
                panic!("`{words}` was not said: {}", self.stderr);
            };
            self.stderr.push_str(&line);
            self.stderr.push('\n');
            if line.contains(words) {
                return;
            }
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
    }

    /// Sends a request and gives the whole reply, as it came.
    pub(crate) fn ask(&self, request: &str, headers: &[&str], body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "{request} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        let headers: Vec<String> = headers.iter().map(|line| format!("{line}\r\n")).collect();
        write!(stream, "{head}{}\r\n{body}", headers.concat()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    /// Has it end, and gives everything it has said to whoever watches.
    pub(crate) fn end(mut self) -> String {
        self.signal("INT");
        assert!(self.child.wait().unwrap().success());
        let rest: Vec<String> = self.said.iter().collect();
        std::mem::take(&mut self.stderr) + &rest.join("\n")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // After an interrupt it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

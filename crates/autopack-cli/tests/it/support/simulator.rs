//! `autopack sim`, and the gateway before it, as processes of their own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use super::{PATIENCE, Sandbox};

/// The process; it ends with this value.
pub(crate) struct Simulator {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// The line in which it says where it is.
    pub(crate) greeting: String,
}

impl Simulator {
    /// Starts it on a free port and waits until it listens.
    pub(crate) fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        let mut process = sandbox.process(&["sim", "--port", "0"]);
        process.args(args);
        Self::listening(process)
    }

    /// Starts the gateway before this one instead, and waits until it listens.
    pub(crate) fn gateway(&self, sandbox: &Sandbox) -> Self {
        let mut process = sandbox.process(&["serve", "--listen", "127.0.0.1:0"]);
        process.envs(self.variables("held-key"));
        Self::listening(process)
    }

    fn listening(mut process: Command) -> Self {
        process.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = process.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        stdout.read_line(&mut greeting).unwrap();
        Self {
            child,
            stdout,
            greeting,
        }
    }

    pub(crate) fn base_url(&self) -> &str {
        let start = self.greeting.find("http://").expect(&self.greeting);
        self.greeting[start..].trim_end()
    }

    /// The variables that send all three providers here, with this key.
    pub(crate) fn variables<'a>(&'a self, key: &'a str) -> [(&'a str, &'a str); 6] {
        [
            ("ANTHROPIC_BASE_URL", self.base_url()),
            ("OPENAI_BASE_URL", self.base_url()),
            ("GOOGLE_GEMINI_BASE_URL", self.base_url()),
            ("ANTHROPIC_API_KEY", key),
            ("OPENAI_API_KEY", key),
            ("GEMINI_API_KEY", key),
        ]
    }

    /// Sends a request and gives the whole reply, as it came.
    pub(crate) fn post(&self, path: &str, headers: &[&str], body: &str) -> String {
        let address = self.base_url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        let headers = headers.join("\r\n");
        write!(stream, "{head}{headers}\r\n\r\n{body}").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    /// Interrupts it, as Ctrl-C does, and gives how it ended and what else it wrote.
    #[cfg(unix)]
    pub(crate) fn interrupt(mut self) -> (ExitStatus, String) {
        let kill = format!("kill -INT {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // After an interrupt it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Hands bytes on between two sockets and looks at none of them: what any gateway on this machine has to
//! cost at least. `forward LISTEN UPSTREAM`

use std::env;
use std::io::{self, Error};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut addresses = env::args().skip(1);
    let (Some(listen), Some(upstream)) = (addresses.next(), addresses.next()) else {
        return Err(Error::other(
            "usage: forward LISTEN UPSTREAM, as in `forward 127.0.0.1:18100 127.0.0.1:18080`",
        ));
    };
    let listener = TcpListener::bind(listen).await?;
    loop {
        let (client, _) = listener.accept().await?;
        let upstream = upstream.clone();
        // A connection that breaks takes no other with it.
        tokio::spawn(async move { forward(client, &upstream).await });
    }
}

async fn forward(mut client: TcpStream, upstream: &str) -> io::Result<()> {
    let mut server = TcpStream::connect(upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

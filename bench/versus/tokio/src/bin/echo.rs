//! A TCP echo server: a task for each connection, and a buffer of two messages: a read that fills it
//! would be followed by one that finds nothing.

use std::net::{Ipv4Addr, SocketAddr};

use protocol::{Arguments, leave_on_sigterm, leave_with_stdin, runtime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const BACKLOG: u32 = 4096;
const LEAST_BUFFER: usize = 4096;

async fn echo(mut stream: TcpStream, buffer: usize) -> std::io::Result<()> {
    let mut buffer = vec![0; buffer];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count]).await?;
    }
}

/// On Linux, connections inherit NODELAY from the listener.
fn listen(port: u16) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    socket.listen(BACKLOG)
}

async fn serve(listener: TcpListener, buffer: usize) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(async move {
                    if let Err(error) = echo(stream, buffer).await {
                        eprintln!("echo: {error}");
                    }
                });
            }
            Err(error) => eprintln!("accept: {error}"),
        }
    }
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::from_command_line();
    let workers = arguments.get("workers");
    let buffer = LEAST_BUFFER.max(2 * arguments.get::<usize>("size"));
    leave_on_sigterm();
    let runtime = runtime(workers, workers == 1);
    let listener = runtime.block_on(async { listen(arguments.get("port")) })?;
    println!("listening {}", listener.local_addr()?.port());
    let server = runtime.spawn(serve(listener, buffer));
    std::thread::spawn(move || runtime.block_on(server));
    leave_with_stdin()
}

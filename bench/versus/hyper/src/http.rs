//! hyper, as in the benchmarks that its authors keep: for each worker a thread with a runtime and a
//! listener of its own (SO_REUSEPORT), and one flush for a batch of pipelined requests.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use protocol::{Arguments, leave_on_sigterm, leave_with_stdin, runtime};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const BACKLOG: u32 = 4096;

fn plaintext() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

fn not_found() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Reads the file anew for each request, on the runtime's threads for blocking work.
async fn file(root: &Path, name: &str) -> Response<Full<Bytes>> {
    if name.contains('/') || name.starts_with('.') {
        return not_found();
    }
    match tokio::fs::read(root.join(name)).await {
        Ok(content) => Response::new(Full::new(content.into())),
        Err(_) => not_found(),
    }
}

async fn answer(
    request: Request<Incoming>,
    root: &'static Path,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    Ok(match (request.method(), path.strip_prefix("/static/")) {
        (&Method::GET, Some(name)) => file(root, name).await,
        (&Method::GET, None) if path == "/plaintext" => plaintext(),
        _ => not_found(),
    })
}

async fn connection(stream: TcpStream, root: &'static Path) {
    let service = service_fn(move |request| answer(request, root));
    let served = http1::Builder::new()
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = served.await {
        eprintln!("http: {error}");
    }
}

/// On Linux, connections inherit NODELAY from the listener.
fn listen(port: u16) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.set_nodelay(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    socket.listen(BACKLOG)
}

async fn serve(listener: TcpListener, root: &'static Path) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, root));
            }
            Err(error) => eprintln!("accept: {error}"),
        }
    }
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::from_command_line();
    let root: &'static Path = Path::new(arguments.get::<String>("root").leak());
    let mut port = arguments.get("port");
    leave_on_sigterm();
    let mut workers = Vec::new();
    for _ in 0..arguments.get("workers") {
        let runtime = runtime(1, true);
        let listener = runtime.block_on(async { listen(port) })?;
        port = listener.local_addr()?.port();
        workers.push((runtime, listener));
    }
    println!("listening {port}");
    for (runtime, listener) in workers {
        std::thread::spawn(move || runtime.block_on(serve(listener, root)));
    }
    leave_with_stdin()
}

"""slow_server.py [PORT [MILLISECONDS]]: answers every four bytes after a while. Ctrl-C ends it."""

import asyncio
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 7070
seconds = float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else 0.02


async def answer(reader, writer):
    try:
        while True:
            question = await reader.readexactly(4)
            await asyncio.sleep(seconds)
            writer.write(question)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def serve():
    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=1024)
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


try:
    asyncio.run(serve())
except KeyboardInterrupt:
    pass

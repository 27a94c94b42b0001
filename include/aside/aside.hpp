#pragma once
// What most programs need: tasks, scopes, stopping, time, TCP. Further headers: dump.hpp (what every task
// waits for), interval.hpp, stop_token.hpp, operation.hpp, compute.hpp, http/, io/, net/ (UDP, Unix sockets, pipes, poll).

#include <aside/all.hpp>
#include <aside/async_generator.hpp>
#include <aside/blocking.hpp>
#include <aside/callback.hpp>
#include <aside/each.hpp>
#include <aside/event.hpp>
#include <aside/finally.hpp>
#include <aside/join.hpp>
#include <aside/name.hpp>
#include <aside/net/tcp_listener.hpp>
#include <aside/net/tcp_stream.hpp>
#include <aside/oneshot.hpp>
#include <aside/race.hpp>
#include <aside/run.hpp>
#include <aside/runtime.hpp>
#include <aside/scope.hpp>
#include <aside/spawn.hpp>
#include <aside/stop.hpp>
#include <aside/task.hpp>
#include <aside/task_local.hpp>
#include <aside/time.hpp>

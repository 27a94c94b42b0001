#pragma once
// Time: sleeping, and limits to how long something may take.

#include <aside/interval.hpp>
#include <aside/sleep.hpp>
#include <aside/timeout.hpp>

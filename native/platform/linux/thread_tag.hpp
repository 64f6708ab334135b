// Which thread of this process is running.
#pragma once

#include "core/spinlock_word.hpp"

namespace datablock {

/// The calling thread: its kernel id, and a number that tells it from an earlier thread which had the same
/// id. The child of a fork has one of its own.
ThreadTag this_thread_tag();

/// Is there a thread of that kernel id in process `pid`? Both as our own pid namespace counts them.
bool thread_exists(std::uint32_t pid, std::uint32_t thread_id);

}  // namespace datablock

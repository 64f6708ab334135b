#include "platform/linux/thread_tag.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <string>

namespace datablock {
namespace {

thread_local ThreadTag t_tag;

std::uint16_t next_serial() {
  static std::atomic<std::uint32_t> serial{0};  // RISC-V has no instruction to add to 16 bits
  return static_cast<std::uint16_t>(serial.fetch_add(1, std::memory_order_relaxed));
}

ThreadTag make_tag() {
  // The one thread of a fork's child has another id than the one that it is a copy of.
  static const int watches_forks = pthread_atfork(nullptr, nullptr, [] { t_tag = {}; });
  static_cast<void>(watches_forks);
  return ThreadTag::make(static_cast<std::uint32_t>(syscall(SYS_gettid)), next_serial());
}

}  // namespace

ThreadTag this_thread_tag() {
  if (t_tag == ThreadTag{}) [[unlikely]] {
    t_tag = make_tag();
  }
  return t_tag;
}

bool thread_exists(std::uint32_t pid, std::uint32_t thread_id) {
  const std::string task = "/proc/" + std::to_string(pid) + "/task/" + std::to_string(thread_id);
  return access(task.c_str(), F_OK) == 0;
}

}  // namespace datablock

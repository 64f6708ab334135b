// A writer that does what node cannot: execs, or forks. `datablock_fault_actor BLOCK ACT` attaches as a
// producer, takes a slot, and then
//     exec      becomes another program
//     fork      forks, as a program does that knows nothing of blocks; both stay
//     raw-fork  the same behind the back of the C library, so that no handler of ours runs in the child
// It prints its child's pid, or 0, when that is done. Whoever is left stays for a minute.
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "core/producer.hpp"

namespace {

constexpr unsigned kStaySeconds = 60;

[[noreturn]] void stay() {
  alarm(kStaySeconds);
  for (;;) {
    pause();
  }
}

void say(long child) {
  std::printf("%ld\n", child);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    return 64;
  }
  const std::string_view act = argv[2];
  datablock::Producer producer(argv[1], {});
  if (producer.acquire(1000) != datablock::Status::OK) {
    return 75;
  }
  if (act == "exec") {
    say(0);
    execlp("sleep", "sleep", "60", nullptr);
    return 71;
  }
  const long child = act == "fork" ? fork() : syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child > 0) {
    say(child);
  } else {
    close(STDIN_FILENO);  // whoever waits for the end of our output waits for the parent
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
  }
  stay();
}

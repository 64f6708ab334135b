#include "traced_child.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <exception>
#include <new>
#include <thread>

#include "failure.hpp"

namespace datablock::step {
namespace {

constexpr std::size_t kInstruction = offsetof(user, regs.rip);
constexpr std::size_t kBreakpointAddress = offsetof(user, u_debugreg[0]);
constexpr std::size_t kBreakpointControl = offsetof(user, u_debugreg[7]);
constexpr std::uint64_t kSystemCallCode = 0x050f;  // the bytes 0f 05

void poke_user(pid_t pid, std::size_t offset, std::uint64_t value) {
  if (ptrace(PTRACE_POKEUSER, pid, offset, value) != 0) {
    throw Failure(std::string("PTRACE_POKEUSER: ") + std::strerror(errno));
  }
}

int wait_for(pid_t pid, int options) {
  int status = 0;
  while (waitpid(pid, &status, options) < 0) {
    if (errno != EINTR) {
      throw Failure(std::string("waitpid: ") + std::strerror(errno));
    }
  }
  return status;
}

/// SIGKILL, and waits until it is gone; it may report stops before.
void reap(pid_t pid) noexcept {
  ::kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, __WALL) >= 0 ? !WIFSIGNALED(status) && !WIFEXITED(status) : errno == EINTR) {
  }
}

void complain(Facts& facts, const char* text) {
  std::strncpy(facts.complaint, text, sizeof facts.complaint - 1);
}

[[noreturn]] void run(const TracedChild::Body& body, Facts& facts) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int code = 0;
  try {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
      throw Failure("PTRACE_TRACEME is refused");
    }
    body(Scene(facts));
  } catch (const std::exception& error) {
    complain(facts, error.what());
    code = 1;
  }
  _exit(code);
}

}  // namespace

void Scene::wait_for_permission() const {
  while (!facts_.may_go_on.load(std::memory_order_acquire)) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

TracedChild::TracedChild(const Body& body) {
  void* page = mmap(nullptr, sizeof(Facts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    throw Failure("mmap of the facts failed");
  }
  facts_ = new (page) Facts;
  pid_ = fork();
  if (pid_ == 0) {
    run(body, *facts_);
  }
  try {
    if (pid_ < 0) {
      throw Failure("fork failed");
    }
    wait_for_trap();
    ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_EXITKILL);
  } catch (...) {
    if (pid_ > 0) {
      kill();
    }
    munmap(page, sizeof(Facts));
    throw;
  }
}

TracedChild::~TracedChild() {
  if (pid_ > 0) {
    reap(pid_);
  }
  munmap(facts_, sizeof(Facts));
}

bool TracedChild::step() {
  if (has_ended()) {
    return false;
  }
  const std::uint64_t before = instruction();
  do {  // a repeated string instruction traps after each round
    if (ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) != 0) {
      throw Failure(std::string("PTRACE_SINGLESTEP: ") + std::strerror(errno));
    }
    wait_for_trap();
  } while (instruction() == before);
  return true;
}

bool TracedChild::run_to(std::uint64_t address, std::uint64_t times) {
  // A debug register, not int3 in the text: nothing has to be put back, and it hits before the instruction.
  poke_user(pid_, kBreakpointAddress, address);
  poke_user(pid_, kBreakpointControl, 1);
  while (times-- > 0 && !has_ended()) {
    cont();
  }
  poke_user(pid_, kBreakpointControl, 0);
  return !has_ended();
}

void TracedChild::run_to_end() {
  if (!has_ended()) {
    cont();
  }
  if (!has_ended()) {
    throw Failure("The child stopped before its end.");
  }
}

std::uint64_t TracedChild::instruction() const {
  errno = 0;
  return static_cast<std::uint64_t>(ptrace(PTRACE_PEEKUSER, pid_, kInstruction, nullptr));
}

bool TracedChild::is_at_system_call() const {
  const long bytes = ptrace(PTRACE_PEEKTEXT, pid_, instruction(), nullptr);
  return (static_cast<std::uint64_t>(bytes) & 0xffff) == kSystemCallCode;
}

void TracedChild::kill() {
  reap(pid_);
  pid_ = -1;
}

void TracedChild::freeze() {
  facts_->is_on_its_own.store(true, std::memory_order_release);
  ::kill(pid_, SIGSTOP);
  if (ptrace(PTRACE_DETACH, pid_, nullptr, nullptr) != 0) {
    throw Failure(std::string("PTRACE_DETACH: ") + std::strerror(errno));
  }
  if (const int status = wait_for(pid_, WUNTRACED); !WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP) {
    throw Failure("The child was not stopped by SIGSTOP.");
  }
}

void TracedChild::thaw() const {
  ::kill(pid_, SIGCONT);
}

bool TracedChild::reaches_end(int ms) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  while (!has_ended()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return true;
}

int TracedChild::dismiss() {
  facts_->may_go_on.store(true, std::memory_order_release);
  const int status = wait_for(pid_, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void TracedChild::cont() {
  if (ptrace(PTRACE_CONT, pid_, nullptr, nullptr) != 0) {
    throw Failure(std::string("PTRACE_CONT: ") + std::strerror(errno));
  }
  wait_for_trap();
}

void TracedChild::wait_for_trap() {
  const int status = wait_for(pid_, __WALL);
  if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP) {
    return;
  }
  if (WIFSTOPPED(status)) {
    throw Failure("The child was stopped by signal " + std::to_string(WSTOPSIG(status)) + ".");
  }
  pid_ = -1;
  throw Failure("The child has gone: " + (facts_->complaint[0] != '\0' ? std::string(facts_->complaint)
                                                                       : "status " + std::to_string(status)));
}

bool can_trace() {
  try {
    TracedChild child([](const Scene& scene) {
      scene.begin();
      scene.end();
    });
    return child.step();
  } catch (const Failure&) {
    return false;
  }
}

}  // namespace datablock::step

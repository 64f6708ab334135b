#include "support/child_process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace datablock::testing {
namespace {

constexpr int kPatienceMs = 60'000;

}  // namespace

void Line::say(std::uint64_t value) const {
  if (send(fd_, &value, sizeof value, MSG_NOSIGNAL) != sizeof value) {
    throw std::runtime_error("The other end of the line has gone.");
  }
}

bool Line::try_hear(std::uint64_t& value) const {
  pollfd request{.fd = fd_, .events = POLLIN, .revents = 0};
  int ready = -1;
  do {
    ready = poll(&request, 1, kPatienceMs);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) {
    throw std::runtime_error("The other end of the line says nothing.");
  }
  return recv(fd_, &value, sizeof value, MSG_WAITALL) == sizeof value;
}

std::uint64_t Line::hear() const {
  std::uint64_t value = 0;
  if (!try_hear(value)) {
    throw std::runtime_error("The other end of the line has gone.");
  }
  return value;
}

void Line::stay() const {
  say();
  for (;;) {
    pause();
  }
}

ChildProcess::ChildProcess(const Body& body) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::runtime_error("socketpair failed");
  }
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ < 0) {
    throw std::runtime_error("fork failed");
  }
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    int code = 0;
    try {
      body(Line(ends[1]));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
      code = 1;
    }
    _exit(code);
  }
  close(ends[1]);
  fd_ = ends[0];
  line_ = Line(fd_);
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill();
  }
  close(fd_);
}

void ChildProcess::kill() {
  ::kill(pid_, SIGKILL);
  wait();
}

void ChildProcess::kill_unreaped() {
  ::kill(pid_, SIGKILL);
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
}

void ChildProcess::stop() {
  ::kill(pid_, SIGSTOP);
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED) != 0 && errno == EINTR) {
  }
}

void ChildProcess::go_on() {
  ::kill(pid_, SIGCONT);
}

int ChildProcess::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void require(bool condition, const char* text, const char* file, int line) {
  if (!condition) {
    throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": not so: " + text);
  }
}

}  // namespace datablock::testing

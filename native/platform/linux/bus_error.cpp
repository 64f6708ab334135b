#include "platform/linux/bus_error.hpp"

#include <unistd.h>

#include <csignal>

namespace datablock {
namespace {

// Plain globals: a signal handler may not allocate, and they are set before the handler is installed.
std::string* g_text = nullptr;
int g_fd = 2;
int g_exit_code = 0;

void report(int) {
  if (write(g_fd, g_text->data(), g_text->size()) < 0) {
    // Nobody listens: the exit code has to do.
  }
  _exit(g_exit_code);
}

}  // namespace

void report_bus_errors(int fd, const std::string& text, int exit_code) {
  delete g_text;
  g_text = new std::string(text);
  g_fd = fd;
  g_exit_code = exit_code;
  struct sigaction action {};
  action.sa_handler = report;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace datablock

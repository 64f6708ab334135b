#include "platform/linux/descriptor_io.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "platform/linux/interrupts.hpp"

namespace datablock {
namespace {

/// Ready for `events`, or INTERRUPTED. Looks at the flag every 100 ms: a signal may come just before the
/// call.
Status wait_ready(int fd, short events) {
  for (;;) {
    if (caught_signal() != 0) {
      return Status::INTERRUPTED;
    }
    pollfd request{.fd = fd, .events = events, .revents = 0};
    if (poll(&request, 1, 100) > 0) {
      return Status::OK;
    }
  }
}

Status status_of(int error) {
  return error == EPIPE ? Status::BROKEN_PIPE : Status::IO;
}

bool is_temporary(int error) {
  return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

IoResult read_some(int fd, std::byte* to, std::size_t size) {
  for (;;) {
    if (const Status status = wait_ready(fd, POLLIN); status != Status::OK) {
      return {status, 0};
    }
    const ssize_t got = read(fd, to, size);
    if (got >= 0) {
      return {Status::OK, static_cast<std::size_t>(got)};
    }
    if (!is_temporary(errno)) {
      return {status_of(errno), 0};
    }
  }
}

IoResult write_all(int fd, const std::byte* from, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t put = write(fd, from + done, size - done);
    if (put >= 0) {
      done += static_cast<std::size_t>(put);
      // A signal may be what cut the write short: then do not go into one that blocks.
      if (done == size || caught_signal() == 0) {
        continue;
      }
    } else if (!is_temporary(errno)) {
      return {status_of(errno), done};
    }
    if (const Status status = wait_ready(fd, POLLOUT); status != Status::OK) {
      return {status, done};
    }
  }
  return {Status::OK, done};
}

}  // namespace datablock

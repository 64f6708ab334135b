#include "platform/linux/kill_process.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "platform/linux/file.hpp"
#include "platform/linux/process_facts.hpp"

namespace datablock {

Status kill_process(const ProcessIdentity& process) {
  const ProcessIdentity self = self_identity();
  const std::uint32_t pid = self.pid_namespace == 0 ? 0 : pid_here(process);
  if (pid == 0 || pid == self.pid) {
    return Status::VERDICT_UNKNOWN;
  }
  const FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
  if (!pidfd) {
    return errno == ESRCH ? Status::NOTHING_TO_DO : Status::VERDICT_UNKNOWN;
  }
  // Looked at after the descriptor was opened: if it is right now, the descriptor is that process's and stays
  // so.
  if (!is_process(pid, process)) {
    return Status::VERDICT_UNKNOWN;
  }
  if (syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0) != 0) {
    return errno == ESRCH   ? Status::NOTHING_TO_DO
           : errno == EPERM ? Status::PERMISSION
                            : Status::VERDICT_UNKNOWN;
  }
  return Status::OK;
}

}  // namespace datablock

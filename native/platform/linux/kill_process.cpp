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
  if (self.pid_namespace == 0 || self.pid_namespace != process.pid_namespace || process.pid == self.pid) {
    return Status::VERDICT_UNKNOWN;
  }
  const FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(process.pid), 0)));
  if (!pidfd) {
    return errno == ESRCH ? Status::NOTHING_TO_DO : Status::VERDICT_UNKNOWN;
  }
  // Looked at after the descriptor was opened: if the facts are right now, the descriptor is that process's
  // and stays so.
  const auto facts = process_facts(process.pid);
  if (!facts || facts->start_time != process.start_time) {
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

#include "platform/linux/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "core/status.hpp"

namespace datablock {
namespace {

struct flock lock_request(short type, std::int64_t start, std::int64_t length) {
  struct flock request {};
  request.l_type = type;
  request.l_whence = SEEK_SET;
  request.l_start = start;
  request.l_len = length;
  return request;
}

}  // namespace

Mapping map_file(int fd, std::uint64_t offset, std::uint64_t size, bool writable, bool populate) {
  if (size == 0) {
    return {};
  }
  const int protection = PROT_READ | (writable ? PROT_WRITE : 0);
  const int flags = MAP_SHARED | (populate ? MAP_POPULATE : 0);
  void* address = mmap(nullptr, size, protection, flags, fd, static_cast<off_t>(offset));
  if (address == MAP_FAILED) {
    throw Error(Status::SYSTEM, "mmap of " + std::to_string(size) + " bytes failed.", errno);
  }
  return {address, size};
}

FileDescriptor reopen(int fd, const char* path, int flags) {
  const std::string by_descriptor = "/proc/self/fd/" + std::to_string(fd);
  FileDescriptor fresh(open(by_descriptor.c_str(), flags | O_CLOEXEC));
  if (!fresh && errno != EACCES && errno != EROFS) {
    fresh = FileDescriptor(open(path, flags | O_CLOEXEC | O_NOFOLLOW));
    if (fresh && !is_same_file(fd, fresh.get())) {
      throw Error(Status::RECREATED);
    }
  }
  if (!fresh) {
    throw Error(errno == EACCES || errno == EROFS ? Status::PERMISSION : Status::SYSTEM, "open failed.",
                errno);
  }
  return fresh;
}

FileIdentity identity_of(int fd) {
  struct stat facts {};
  return fstat(fd, &facts) == 0 ? FileIdentity{facts.st_dev, facts.st_ino} : FileIdentity{};
}

bool is_same_file(int a, int b) {
  const FileIdentity first = identity_of(a);
  return first == identity_of(b) && first != FileIdentity{};
}

bool try_lock(int fd, std::int64_t start, std::int64_t length) {
  struct flock request = lock_request(F_WRLCK, start, length);
  if (fcntl(fd, F_OFD_SETLK, &request) == 0) {
    return true;
  }
  if (errno == EAGAIN || errno == EACCES) {
    return false;
  }
  throw Error(Status::SYSTEM, "The file system cannot lock files.", errno);
}

void unlock(int fd, std::int64_t start, std::int64_t length) {
  struct flock request = lock_request(F_UNLCK, start, length);
  fcntl(fd, F_OFD_SETLK, &request);
}

LockState probe_lock(int fd, std::int64_t byte) {
  struct flock request = lock_request(F_WRLCK, byte, 1);
  if (fcntl(fd, F_OFD_GETLK, &request) != 0) {
    return LockState::unknown;
  }
  return request.l_type == F_UNLCK ? LockState::free : LockState::held;
}

}  // namespace datablock

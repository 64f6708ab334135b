#include "platform/linux/small_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "platform/linux/file.hpp"

namespace datablock {

std::string read_small_file(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (file) {
    char buffer[4096];
    const ssize_t size = read(file.get(), buffer, sizeof buffer);
    if (size > 0) {
      text.assign(buffer, static_cast<std::size_t>(size));
    }
  }
  return text;
}

}  // namespace datablock

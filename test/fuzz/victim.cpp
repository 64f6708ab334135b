#include "victim.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace datablock::fuzz {
namespace {

/// Made at first use, removed at exit.
class PrivateDirectory {
 public:
  PrivateDirectory() : path_("/dev/shm/datablock-fuzz-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) {
      std::abort();
    }
  }
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  ~PrivateDirectory() {
    unlink((path_ + "/" + kBlock).c_str());
    rmdir(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::byte> make_healthy_block() {
  BlockConfig config;
  config.slot_count = 3;
  config.slot_size = 32;
  config.max_participants = 4;  // each is asked after in /proc, several times a run
  config.producer_mode = ProducerMode::multi;
  config.checksum_algorithm = ChecksumAlgorithm::xxh3;
  config.heal_after_ms = 1;
  config.zones = {{"zone", 64}};
  config.schema =
      canonical_text({.name = "Victim",
                      .version = {1, 2, 3},
                      .size = 16,
                      .align = 8,
                      .fields = {{.name = "x", .type = FieldType::f64, .width = 8, .unit = "m"},
                                 {.name = "s", .type = FieldType::chars, .width = 8, .offset = 8}}});
  create_segment(kBlock, directory(), config);
  {
    ProducerOptions options;
    options.dir = directory();
    Producer producer(kBlock, options);
    for (int i = 0; i < 5; ++i) {
      producer.acquire(0);
      producer.commit(8);
    }
  }
  return read_victim();
}

}  // namespace

const std::string& directory() {
  static const PrivateDirectory directory;
  return directory.path();
}

const std::vector<std::byte>& healthy_block() {
  static const std::vector<std::byte> bytes = make_healthy_block();
  return bytes;
}

void write_victim(std::span<const std::byte> bytes) {
  const std::string path = directory() + "/" + kBlock;
  const FileDescriptor fd(open(path.c_str(), O_RDWR | O_CREAT, 0600));
  if (!fd || ftruncate(fd.get(), 0) != 0 ||
      pwrite(fd.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
}

std::vector<std::byte> read_victim() {
  const std::string path = directory() + "/" + kBlock;
  const FileDescriptor fd(open(path.c_str(), O_RDONLY));
  struct stat facts {};
  fstat(fd.get(), &facts);
  std::vector<std::byte> bytes(static_cast<std::size_t>(facts.st_size));
  if (pread(fd.get(), bytes.data(), bytes.size(), 0) != facts.st_size) {
    std::abort();
  }
  return bytes;
}

void observe(const Observer& observer) {
  observer.snapshot(1'000'000'000, 8);
  observer.slots(0, 16, 0);
  observer.metrics();
  observer.history();
  plan_recovery(observer.file(), observer.view());
  validate(observer.file(), true);
}

void participate() {
  const auto tolerating = [](auto&& body) {
    try {
      body();
    } catch (const Error&) {
      // A refusal is an answer.
    }
  };
  tolerating([] {
    Recovery recovery(kBlock, directory());
    for (const PlannedAction& action : recovery.plan()) {
      recovery.apply(action);
    }
    for (std::uint64_t slot = 0; slot < recovery.view().slot_count && slot < 8; ++slot) {
      recovery.force_reset_slot(slot, true);
    }
  });
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
    tolerating([mode] {
      ConsumerOptions options;
      options.dir = directory();
      options.mode = mode;
      options.from = StartFrom::oldest;
      Consumer consumer(kBlock, options);
      for (int i = 0; i < 6; ++i) {
        if (consumer.acquire(0) == Status::OK) {
          // Touch what was promised to be ours.
          volatile std::byte last = consumer.payload().empty() ? std::byte{} : consumer.payload().back();
          static_cast<void>(last);
          consumer.release();
        }
      }
    });
  }
  tolerating([] {
    ProducerOptions options;
    options.dir = directory();
    Producer producer(kBlock, options);
    for (int i = 0; i < 6; ++i) {
      if (producer.acquire(0) == Status::OK) {
        producer.commit(1);
      }
    }
  });
}

}  // namespace datablock::fuzz

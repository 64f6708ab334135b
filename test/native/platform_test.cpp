// The thin layer over the kernel.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <thread>

#include "core/status.hpp"
#include "platform/linux/descriptor_io.hpp"
#include "platform/linux/file.hpp"
#include "platform/linux/interrupts.hpp"
#include "platform/linux/kill_process.hpp"
#include "platform/linux/native_env.hpp"
#include "platform/linux/process_facts.hpp"
#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::ChildProcess;
using testing::eventually;
using testing::Line;

// ---------------------------------------------------------------------------------------------- the error
// catalogue

TEST(ErrorCatalogue, IsInOrderOfItsNumbers) {
  int last = 0;
  for (const CatalogueEntry& entry : error_catalogue()) {
    EXPECT_GT(static_cast<int>(entry.status), last) << entry.name;
    last = static_cast<int>(entry.status);
  }
}

TEST(ErrorCatalogue, HasASentenceAndAdviceForEachCode) {
  for (const CatalogueEntry& entry : error_catalogue()) {
    EXPECT_EQ(std::string(entry.sentence).back(), '.') << entry.name;
    EXPECT_STRNE(entry.advice, "") << entry.name;
    EXPECT_GE(entry.exit_code, 0) << entry.name;
    EXPECT_LE(entry.exit_code, 255) << entry.name;
  }
}

TEST(ErrorCatalogue, FindsACodeByItsNumber) {
  EXPECT_STREQ(catalogue_entry(Status::TIMEOUT).name, "TIMEOUT");
  EXPECT_STREQ(catalogue_entry(static_cast<Status>(4242)).name, "INTERNAL");
}

TEST(ErrorCatalogue, AnErrorSaysSentenceDetailAndCause) {
  const Error error(Status::NO_SPACE, "It needs 1 MiB.", ENOSPC);
  EXPECT_STREQ(error.what(),
               "There is not enough room for the block. It needs 1 MiB. (No space left on device)");
  EXPECT_EQ(error.status(), Status::NO_SPACE);
  EXPECT_EQ(error.os_error(), ENOSPC);
}

// ---------------------------------------------------------------------------------------------- processes

TEST(ProcessFacts, OfThisProcessAreItsOwn) {
  const ProcessIdentity self = self_identity();
  EXPECT_EQ(self.pid, static_cast<std::uint32_t>(getpid()));
  const auto facts = process_facts(self.pid);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->start_time, self.start_time);
  EXPECT_EQ(facts->name, self_name());
}

TEST(ProcessFacts, OfNobodyAreNone) {
  EXPECT_FALSE(process_facts(0x7fffffff).has_value());
}

TEST(ProcessFacts, ShowWhatAProcessDoes) {
  ChildProcess child([](const Line& line) { line.stay(); });
  child.hear();
  EXPECT_TRUE(
      eventually([&] { return process_facts(static_cast<std::uint32_t>(child.pid()))->state == 'S'; }));
  child.stop();
  EXPECT_EQ(process_facts(static_cast<std::uint32_t>(child.pid()))->state, 'T');
  child.kill_unreaped();
  EXPECT_EQ(process_facts(static_cast<std::uint32_t>(child.pid()))->state, 'Z');
}

TEST(ProcessFacts, SurviveAnyName) {
  ChildProcess child([](const Line& line) {
    std::FILE* comm = std::fopen("/proc/self/comm", "w");
    std::fputs(") Z 1 (", comm);
    std::fclose(comm);
    line.stay();
  });
  child.hear();
  const auto facts = process_facts(static_cast<std::uint32_t>(child.pid()));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->name, ") Z 1 (");
  EXPECT_NE(facts->state, 'Z');
  EXPECT_NE(facts->start_time, 0U);
}

TEST(BootId, IsNotZeroAndStays) {
  EXPECT_NE(boot_id(), (std::array<std::uint8_t, 16>{}));
  EXPECT_EQ(boot_id(), boot_id());
}

TEST(KillProcess, EndsTheProcessThatIsNamed) {
  ChildProcess child([](const Line& line) {
    line.say();
    line.stay();
  });
  child.hear();
  ProcessIdentity identity = self_identity();
  identity.pid = static_cast<std::uint32_t>(child.pid());
  identity.start_time = process_facts(identity.pid)->start_time;
  EXPECT_EQ(kill_process(identity), Status::OK);
  EXPECT_EQ(child.wait(), -SIGKILL);
}

TEST(KillProcess, SparesAnotherProcessOfThatPid) {
  ChildProcess child([](const Line& line) {
    line.say();
    line.hear();
  });
  child.hear();
  ProcessIdentity identity = self_identity();
  identity.pid = static_cast<std::uint32_t>(child.pid());
  identity.start_time = 1;
  EXPECT_EQ(kill_process(identity), Status::VERDICT_UNKNOWN);
  child.say();
  EXPECT_EQ(child.wait(), 0);
}

TEST(KillProcess, SparesAnotherPidNamespace) {
  ProcessIdentity identity = self_identity();
  identity.pid_namespace += 1;
  EXPECT_EQ(kill_process(identity), Status::VERDICT_UNKNOWN);
}

// ---------------------------------------------------------------------------------------------- descriptors
// and maps

TEST(Descriptors, AreClosedWithTheirOwner) {
  int number = -1;
  {
    const FileDescriptor fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = fd.get();
  }
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
}

TEST(Descriptors, MoveWithoutClosing) {
  FileDescriptor first(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();
  FileDescriptor second(std::move(first));
  EXPECT_EQ(second.get(), number);
  EXPECT_FALSE(first);
  FileDescriptor third;
  third = std::move(second);
  EXPECT_NE(fcntl(number, F_GETFD), -1);
}

TEST(Descriptors, OfDeletedFilesCanBeOpenedAnew) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/file";
  const FileDescriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  unlink(path.c_str());
  const FileDescriptor again = reopen(fd.get(), path.c_str(), O_RDWR);
  EXPECT_TRUE(is_same_file(fd.get(), again.get()));
}

TEST(Descriptors, ThatAreClosedAreNoFile) {
  EXPECT_EQ(identity_of(-1), FileIdentity{});
  EXPECT_FALSE(is_same_file(-1, -1));
}

TEST(Mappings, OfNothingAreEmpty) {
  const Mapping mapping = map_file(-1, 0, 0, true, false);
  EXPECT_EQ(mapping.data(), nullptr);
  EXPECT_EQ(mapping.size(), 0U);
}

TEST(Mappings, ThatTheKernelRefusesAreAnError) {
  EXPECT_EQ(testing::thrown_by([] { map_file(-1, 0, 4096, true, false); }), Status::SYSTEM);
}

TEST(ByteLocks, AreOfTheDescriptionNotTheProcess) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/file";
  const FileDescriptor first(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  FileDescriptor second(open(path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(try_lock(first.get(), kLockBase + 1, 1));
  EXPECT_TRUE(try_lock(first.get(), kLockBase + 1, 1));
  EXPECT_FALSE(try_lock(second.get(), kLockBase + 1, 1));
  EXPECT_TRUE(try_lock(second.get(), kLockBase + 2, 1));
  EXPECT_FALSE(try_lock(first.get(), kLockBase, 65));
  second.reset();
  EXPECT_TRUE(try_lock(first.get(), kLockBase, 65));
  unlock(first.get(), kLockBase, 65);
  EXPECT_EQ(probe_lock(first.get(), kLockBase + 1), LockState::free);
}

// ---------------------------------------------------------------------------------------------- the machine

TEST(NativeMachine, SleepsUntilItIsWoken) {
  std::atomic<std::uint32_t> word{1};
  std::atomic<bool> woken{false};
  std::thread sleeper([&] {
    while (word.load() == 1) {
      NativeEnv::wait(word, 1, 60ULL * 1'000'000'000);
    }
    woken = true;
  });
  word = 2;
  NativeEnv::wake_all(word);
  sleeper.join();
  EXPECT_TRUE(woken);
}

TEST(NativeMachine, DoesNotSleepOnAnotherValue) {
  std::atomic<std::uint32_t> word{2};
  NativeEnv::wait(word, 1, 60ULL * 1'000'000'000);
}

TEST(NativeMachine, SleepsNoLongerThanAsked) {
  std::atomic<std::uint32_t> word{1};
  const std::uint64_t start = NativeEnv::now_ns();
  NativeEnv::wait(word, 1, 5'000'000);
  EXPECT_LT(NativeEnv::now_ns() - start, 5'000'000'000U);
}

TEST(NativeMachine, ClocksGoForwards) {
  const std::uint64_t first = NativeEnv::now_ns();
  const std::uint64_t coarse = NativeEnv::coarse_now_ns();
  NativeEnv::nap(20'000'000);
  EXPECT_GE(NativeEnv::now_ns() - first, 20'000'000U);
  EXPECT_GT(NativeEnv::coarse_now_ns(), coarse);
}

// ---------------------------------------------------------------------------------------------- pipes and
// signals

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    out = FileDescriptor(ends[0]);
    in = FileDescriptor(ends[1]);
  }
  FileDescriptor out;
  FileDescriptor in;
};

std::span<const std::byte> bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

TEST(DescriptorIo, ReadsWhatThereIs) {
  Pipe pipe;
  EXPECT_EQ(write_all(pipe.in.get(), bytes("abc").data(), 3).status, Status::OK);
  std::byte buffer[10];
  const IoResult result = read_some(pipe.out.get(), buffer, sizeof buffer);
  EXPECT_EQ(result.status, Status::OK);
  EXPECT_EQ(result.bytes, 3U);
}

TEST(DescriptorIo, ReadsNothingAtTheEnd) {
  Pipe pipe;
  pipe.in.reset();
  std::byte buffer[10];
  const IoResult result = read_some(pipe.out.get(), buffer, sizeof buffer);
  EXPECT_EQ(result.status, Status::OK);
  EXPECT_EQ(result.bytes, 0U);
}

TEST(DescriptorIo, WritesAllOfItThroughAFullPipe) {
  Pipe pipe;
  ASSERT_EQ(fcntl(pipe.in.get(), F_SETFL, O_NONBLOCK), 0);
  const std::string much(1 << 20, 'x');
  std::size_t got = 0;
  std::thread reading([&] {
    std::byte buffer[4096];
    while (got < much.size()) {
      got += read_some(pipe.out.get(), buffer, sizeof buffer).bytes;
    }
  });
  const IoResult result = write_all(pipe.in.get(), bytes(much).data(), much.size());
  reading.join();
  EXPECT_EQ(result.status, Status::OK);
  EXPECT_EQ(result.bytes, much.size());
}

TEST(DescriptorIo, ABrokenPipeIsSaidToBe) {
  ChildProcess child([](const Line&) {
    std::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    pipe.out.reset();
    REQUIRE_IN_CHILD(write_all(pipe.in.get(), bytes("abc").data(), 3).status == Status::BROKEN_PIPE);
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(DescriptorIo, ABadDescriptorIsAnError) {
  std::byte buffer[10];
  EXPECT_EQ(read_some(987, buffer, sizeof buffer).status, Status::IO);
}

TEST(DescriptorIo, ASignalEndsARead) {
  ChildProcess child([](const Line& line) {
    catch_signals();
    Pipe pipe;
    line.say();
    std::byte buffer[10];
    REQUIRE_IN_CHILD(read_some(pipe.out.get(), buffer, sizeof buffer).status == Status::INTERRUPTED);
  });
  child.hear();
  kill(child.pid(), SIGINT);
  EXPECT_EQ(child.wait(), 0);
}

TEST(CaughtSignals, ASecondOneEndsTheProcess) {
  ChildProcess child([](const Line& line) {
    catch_signals();
    REQUIRE_IN_CHILD(caught_signal() == 0);
    raise(SIGTERM);
    REQUIRE_IN_CHILD(caught_signal() == SIGTERM);
    line.say();
    raise(SIGTERM);
    line.stay();
  });
  child.hear();
  EXPECT_EQ(child.wait(), -SIGTERM);
}

}  // namespace
}  // namespace datablock

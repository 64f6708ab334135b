// Secrets, and what keyed and other checksums find: every byte of a message that somebody changes, messages
// that are forged, and old ones that are played again.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "core/secret.hpp"
#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::message_thrown_by;
using testing::put;
using testing::RawBlock;
using testing::TemporaryDirectory;
using testing::thrown_by;

constexpr std::array<std::uint8_t, kSecretSize> kBytes = {
    0x9c, 0x12, 0xf0, 0x44, 0x5e, 0xb3, 0x01, 0xd8, 0x77, 0x2a, 0xee, 0x90, 0x3d, 0xc6, 0x58, 0x1b,
    0x84, 0xaf, 0x09, 0xe1, 0x62, 0xdd, 0x35, 0x7c, 0xfb, 0x20, 0x93, 0x4e, 0xb8, 0x06, 0xc1, 0x6f};
constexpr const char* kHex = "9c12f0445eb301d8772aee903dc6581b84af09e162dd357cfb20934eb806c16f";

Secret secret(std::uint8_t change = 0) {
  auto bytes = kBytes;
  bytes[0] ^= change;
  return secret_from_bytes(bytes);
}

bool is(const Secret& made) {
  return made && std::ranges::equal(made->bytes(), kBytes);
}

// ---------------------------------------------------------------------------------------------- where they
// come from

class SecretTest : public ::testing::Test {
 protected:
  std::string file(std::string_view content, mode_t mode = 0600) const {
    const std::string path = directory_.path() + "/secret";
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  static std::string raw() { return {kBytes.begin(), kBytes.end()}; }

  TemporaryDirectory directory_;
};

TEST_F(SecretTest, ComesFromBytesAndFromHexadecimalDigits) {
  EXPECT_TRUE(is(secret_from_file(file(raw()))));
  EXPECT_TRUE(is(secret_from_file(file(kHex))));
  EXPECT_TRUE(is(secret_from_file(file(std::string(kHex) + "\n"))));
}

TEST_F(SecretTest, ComesFromADescriptorThatStaysOpen) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  ASSERT_EQ(write(ends[1], kHex, std::strlen(kHex)), static_cast<ssize_t>(std::strlen(kHex)));
  close(ends[1]);
  EXPECT_TRUE(is(secret_from_descriptor(ends[0])));
  EXPECT_NE(fcntl(ends[0], F_GETFD), -1);
  close(ends[0]);
  EXPECT_EQ(thrown_by([&] { secret_from_descriptor(ends[0]); }), Status::SECRET_UNUSABLE);
}

TEST_F(SecretTest, IsRefusedWhenItCannotBeOne) {
  for (const std::string& content :
       {std::string(), std::string("short"), std::string(32, '\0'), std::string(kHex).substr(1), raw() + "x",
        std::string(kHex) + kHex, std::string("0123456789abcdef0123456789abcdef"), std::string(64, 'g'),
        std::string(64, '0')}) {
    EXPECT_EQ(thrown_by([&] { secret_from_file(file(content)); }), Status::SECRET_UNUSABLE) << content;
  }
  EXPECT_EQ(thrown_by([&] { secret_from_file(directory_.path() + "/none"); }), Status::SECRET_UNUSABLE);
  EXPECT_EQ(thrown_by([&] { secret_from_file(directory_.path()); }), Status::SECRET_UNUSABLE);
}

TEST_F(SecretTest, IsRefusedWhenOthersMayReadIt) {
  for (const mode_t mode : {0604, 0640, 0660, 0666}) {
    EXPECT_EQ(thrown_by([&] { secret_from_file(file(kHex, mode)); }), Status::SECRET_UNUSABLE) << mode;
  }
  EXPECT_TRUE(is(secret_from_file(file(kHex, 0400))));
}

TEST_F(SecretTest, IsNotInTheRefusal) {
  const std::string said = message_thrown_by([&] { secret_from_file(file(kHex, 0644)); }) +
                           message_thrown_by([&] { secret_from_file(file(std::string(kHex) + "0")); });
  EXPECT_EQ(said.find("9c12"), std::string::npos) << said;
}

TEST_F(SecretTest, LiesInMemoryThatIsNeitherDumpedNorSwapped) {
  const Secret made = secret();
  const auto at = reinterpret_cast<std::uintptr_t>(made->bytes().data());
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  std::string flags;
  bool is_its = false;
  while (std::getline(maps, line) && flags.empty()) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) {
      is_its = begin <= at && at < end;
    } else if (is_its && line.starts_with("VmFlags:")) {
      flags = line + " ";
    }
  }
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they make mlock() do nothing
  EXPECT_NE(flags.find(" lo "), std::string::npos) << flags;
#endif
  EXPECT_EQ(flags.find(" wr "), std::string::npos) << flags;
}

class SecretInEnvironment : public BlockTest {
 protected:
  ~SecretInEnvironment() override { unsetenv("DATABLOCK_SECRET"); }
};

TEST_F(SecretInEnvironment, IsTakenWhereNoneIsGiven) {
  EXPECT_EQ(secret_from_environment(), nullptr);
  setenv("DATABLOCK_SECRET", kHex, 1);
  EXPECT_TRUE(is(secret_from_environment()));
  create(config());
  EXPECT_EQ(raw().file().header.has_secret, 1);
  const auto writer = producer();
  unsetenv("DATABLOCK_SECRET");
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::SECRET_NEEDED);
  setenv("DATABLOCK_SECRET", "nonsense", 1);
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::SECRET_UNUSABLE);
}

// ---------------------------------------------------------------------------------------------- who may take
// part

class SealedBlock : public BlockTest {
 protected:
  static BlockConfig sealed(ChecksumAlgorithm algorithm = ChecksumAlgorithm::blake2b_keyed) {
    BlockConfig wanted = config();
    wanted.checksum_algorithm = algorithm;
    wanted.secret = secret();
    return wanted;
  }
  ProducerOptions writing(const Secret& with) const {
    ProducerOptions options;
    options.dir = dir();
    options.secret = with;
    return options;
  }
  ConsumerOptions reading(const Secret& with, ConsumerMode mode = ConsumerMode::sync) const {
    ConsumerOptions options;
    options.dir = dir();
    options.mode = mode;
    options.secret = with;
    return options;
  }
  Status joining(const Secret& with, const std::string& name = "b") const {
    return thrown_by([&] { Producer(name, writing(with)); });
  }
};

TEST_F(SealedBlock, IsForThoseWhoKnowItsSecret) {
  for (const auto algorithm : {ChecksumAlgorithm::none, ChecksumAlgorithm::blake2b_keyed}) {
    const std::string name = "of-" + std::to_string(static_cast<int>(algorithm));
    create(sealed(algorithm), name);
    EXPECT_EQ(joining(secret(), name), Status::OK);
    EXPECT_EQ(joining(nullptr, name), Status::SECRET_NEEDED);
    EXPECT_EQ(joining(secret(1), name), Status::SECRET_WRONG);
    EXPECT_EQ(thrown_by([&] { Consumer(name, reading(secret(1))); }), Status::SECRET_WRONG);
    JoinOptions user;
    user.dir = dir();
    EXPECT_EQ(thrown_by([&] { ZoneUser(name, user); }), Status::SECRET_NEEDED);
  }
}

TEST_F(SealedBlock, CannotBeReplacedByAnOpenOne) {
  create(config(), "open");
  EXPECT_EQ(joining(secret(), "open"), Status::SECRET_WRONG);
}

TEST_F(SealedBlock, NeedsASecretToHaveKeyedChecksums) {
  BlockConfig wanted = sealed();
  wanted.secret = nullptr;
  EXPECT_EQ(thrown_by([&] { create_segment("none", dir(), wanted); }), Status::SECRET_NEEDED);
}

TEST_F(SealedBlock, IsFoundAgainByWhoKnowsItsSecret) {
  create(sealed(), "found");
  bool is_new = true;
  open_or_create_segment("found", dir(), sealed(), is_new);
  EXPECT_FALSE(is_new);
  BlockConfig wanted = sealed();
  wanted.secret = secret(1);
  EXPECT_EQ(thrown_by([&] { open_or_create_segment("found", dir(), wanted, is_new); }), Status::SECRET_WRONG);
  wanted = sealed(ChecksumAlgorithm::none);
  wanted.secret = nullptr;
  EXPECT_EQ(thrown_by([&] { open_or_create_segment("found", dir(), wanted, is_new); }),
            Status::CONFIG_DIFFERS);
}

TEST_F(SealedBlock, DoesNotHoldItsSecretNorItsKey) {
  create(sealed(), "searched");
  Producer writer("searched", writing(secret()));
  ASSERT_EQ(put(writer, "message"), Status::OK);
  std::ifstream file(dir() + "/searched", std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  const auto holds = [&](const void* bytes) {
    return content.str().find(std::string(static_cast<const char*>(bytes), kSecretSize)) != std::string::npos;
  };
  ASSERT_GT(content.str().size(), kHeaderSize);
  EXPECT_FALSE(holds(kBytes.data()));
  EXPECT_FALSE(holds(writer.view().checksum_key));
  EXPECT_EQ(content.str().find(kHex), std::string::npos);
}

TEST_F(SealedBlock, KeysOfTwoBlocksDiffer) {
  create(sealed(), "one");
  create(sealed(), "two");
  const Producer one("one", writing(secret()));
  const Producer two("two", writing(secret()));
  EXPECT_NE(std::memcmp(one.view().checksum_key, two.view().checksum_key, kSecretSize), 0);
}

/// Changes the header, and makes its own checksum fit.
void rewrite_header(const std::string& path, const std::function<void(Header&)>& change) {
  const FileDescriptor fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  Header header{};
  ZoneTable zones(kMaxZones);
  ASSERT_TRUE(read_at(fd.get(), &header, sizeof header, 0));
  ASSERT_TRUE(read_at(fd.get(), zones.data(), zones.size() * sizeof(ZoneEntry), kHeaderSize));
  change(header);
  header.digest = header_digest(header, zones, "");
  ASSERT_EQ(pwrite(fd.get(), &header, sizeof header, 0), static_cast<ssize_t>(sizeof header));
}

TEST_F(SealedBlock, ItsChecksCannotBeTurnedOff) {
  const std::pair<const char*, std::function<void(Header&)>> changes[] = {
      {"policy", [](Header& header) { header.checksum_policy = ChecksumPolicy::manual; }},
      {"algorithm", [](Header& header) { header.checksum_algorithm = ChecksumAlgorithm::blake2b; }},
      {"secret",
       [](Header& header) {
         header.checksum_algorithm = ChecksumAlgorithm::blake2b;
         header.has_secret = 0;
       }},
      {"instance", [](Header& header) { header.instance[0] ^= 1; }},
      {"salt", [](Header& header) { header.secret_salt[3] ^= 1; }},
      {"verifier", [](Header& header) { header.secret_verifier[31] ^= 1; }},
      {"healing", [](Header& header) { header.self_heal ^= 1; }},
  };
  for (const auto& [what, change] : changes) {
    const std::string name = std::string("without-") + what;
    create(sealed(), name);
    rewrite_header(dir() + "/" + name, change);
    EXPECT_EQ(joining(secret(), name), Status::SECRET_WRONG) << what;
  }
}

TEST_F(SealedBlock, CanBeLookedAtWithoutTheSecretButForItsChecksums) {
  create(sealed(), "seen");
  Producer writer("seen", writing(secret()));
  ASSERT_EQ(put(writer, "message"), Status::OK);
  Observer observer("seen", dir());
  EXPECT_EQ(observer.participants().size(), 1U);
  ValidationReport report = validate(observer.file(), true, observer.key());
  EXPECT_EQ(report.checksums_verified, 0U);
  EXPECT_EQ(report.checksums_unverifiable, 1U);
  EXPECT_TRUE(report.violations.empty());
  EXPECT_EQ(thrown_by([&] { observer.use_secret(secret(1)); }), Status::SECRET_WRONG);
  observer.use_secret(secret());
  report = validate(observer.file(), true, observer.key());
  EXPECT_EQ(report.checksums_verified, 1U);
  EXPECT_EQ(report.checksums_unverifiable, 0U);
}

TEST_F(SealedBlock, ItsZonesAreKeyedToo) {
  BlockConfig wanted = sealed();
  wanted.zones = {{"shared", 100}};
  create(wanted, "zoned");
  JoinOptions options;
  options.dir = dir();
  options.secret = secret();
  const ZoneUser user("zoned", options);
  user.zone("shared").update_checksum();
  EXPECT_EQ(user.zone("shared").verify_checksum(), ChecksumVerdict::matches);
  Observer observer("zoned", dir());
  EXPECT_EQ(observer.zone("shared").verify_checksum(), ChecksumVerdict::unverifiable);
  observer.use_secret(secret());
  EXPECT_EQ(observer.zone("shared").verify_checksum(), ChecksumVerdict::matches);
}

// ---------------------------------------------------------------------------------------------- tampering

/// By algorithm and how the consumer reads.
class TamperedByte : public SealedBlock,
                     public ::testing::WithParamInterface<std::tuple<ChecksumAlgorithm, ConsumerMode>> {
 protected:
  static constexpr std::string_view kText = "0123456789ab";
  static constexpr std::array<std::uint8_t, 4> kBits = {0x01, 0x10, 0x80, 0xff};

  TamperedByte() {
    create(sealed(std::get<0>(GetParam())), "t");
    writer_ = std::make_unique<Producer>("t", writing(secret()));
    reader_ = std::make_unique<Consumer>("t", reading(secret(), std::get<1>(GetParam())));
    raw_ = std::make_unique<RawBlock>("t", dir());
  }

  /// A message with one byte, as `change` changes it, is found out, and the one after it is read.
  void expect_found(const std::function<void(const View&, std::uint64_t slot)>& change,
                    const std::string& what) {
    const std::uint64_t before = reader_->corrupt();
    ASSERT_EQ(put(*writer_, kText), Status::OK);
    change(raw_->view(), writer_->slot());
    EXPECT_EQ(reader_->acquire(0), Status::CHECKSUM_MISMATCH) << what;
    EXPECT_EQ(reader_->corrupt(), before + 1) << what;
    EXPECT_EQ(reader_->acquire(0), Status::TIMEOUT) << what;
    ASSERT_EQ(put(*writer_, "sound"), Status::OK);
    ASSERT_EQ(reader_->acquire(0), Status::OK) << what;
    EXPECT_EQ(testing::text_of(*reader_), "sound") << what;
    ASSERT_EQ(reader_->release(), Status::OK);
  }

  /// Each bit of `size` bytes at the place that `at` tells.
  void expect_each_byte_found(std::size_t size, const std::function<void*(const View&, std::uint64_t)>& at,
                              const std::string& what) {
    for (std::size_t byte = 0; byte < size; ++byte) {
      for (const std::uint8_t bits : kBits) {
        expect_found([&](const View& view,
                         std::uint64_t slot) { static_cast<std::uint8_t*>(at(view, slot))[byte] ^= bits; },
                     what + ", byte " + std::to_string(byte) + " ^ " + std::to_string(bits));
      }
    }
  }

  std::unique_ptr<Producer> writer_;
  std::unique_ptr<Consumer> reader_;
  std::unique_ptr<RawBlock> raw_;
};

TEST_P(TamperedByte, OfThePayloadIsFound) {
  expect_each_byte_found(
      kText.size(), [](const View& view, std::uint64_t slot) { return view.slot_payload(slot); }, "payload");
}

TEST_P(TamperedByte, OfTheLengthIsFound) {
  expect_each_byte_found(
      8, [](const View& view, std::uint64_t slot) { return &view.states[slot].length; }, "length");
}

TEST_P(TamperedByte, OfTheFlagsIsFoundAlsoOneThatWouldMakeItAMark) {
  expect_each_byte_found(
      4, [](const View& view, std::uint64_t slot) { return &view.states[slot].flags; }, "flags");
}

TEST_P(TamperedByte, OfTheDigestIsFound) {
  const std::size_t size = std::get<0>(GetParam()) == ChecksumAlgorithm::xxh3 ? 16 : 32;
  expect_each_byte_found(
      size, [](const View& view, std::uint64_t slot) { return &view.checksums[slot].digest; }, "digest");
}

TEST_P(TamperedByte, OfTheStoredNumberAndLengthIsFound) {
  expect_each_byte_found(
      8, [](const View& view, std::uint64_t slot) { return &view.checksums[slot].seq; }, "stored number");
  expect_each_byte_found(
      8, [](const View& view, std::uint64_t slot) { return &view.checksums[slot].length; }, "stored length");
}

/// The number of a message is that of its slot's word. One that is changed is never handed over as another
/// message.
TEST_P(TamperedByte, OfTheNumberMakesNoOtherMessage) {
  for (std::size_t byte = 0; byte < 8; ++byte) {
    for (const std::uint8_t bits : kBits) {
      const std::string name = "n" + std::to_string(byte) + "-" + std::to_string(bits);
      create(sealed(std::get<0>(GetParam())), name);
      Producer writer(name, writing(secret()));
      Consumer reader(name, reading(secret(), std::get<1>(GetParam())));
      ASSERT_EQ(put(writer, kText), Status::OK);
      const RawBlock block(name, dir());
      reinterpret_cast<std::uint8_t*>(&block.view().states[0].state)[byte] ^= bits;
      EXPECT_NE(reader.acquire(0), Status::OK) << name;
    }
  }
}

TEST_P(TamperedByte, AMessageIsNotTakenForALaterOne) {
  // A whole lap, so that the next message lies where the first one was.
  ASSERT_EQ(put(*writer_, kText), Status::OK);
  const View& view = raw_->view();
  std::array<std::uint64_t, 4> digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = view.checksums[0].digest[i].load();
  }
  std::array<std::byte, 64> payload{};
  std::memcpy(payload.data(), view.slot_payload(0), payload.size());
  for (std::uint64_t i = 0; i < view.slot_count; ++i) {
    ASSERT_EQ(reader_->acquire(0), Status::OK);
    ASSERT_EQ(reader_->release(), Status::OK);
    ASSERT_EQ(put(*writer_, "Another text"), Status::OK);
  }
  ASSERT_EQ(writer_->slot(), 0U);
  // All that was true of the first one, but its number, which says which message this is.
  std::memcpy(view.slot_payload(0), payload.data(), payload.size());
  for (std::size_t i = 0; i < digest.size(); ++i) {
    view.checksums[0].digest[i].store(digest[i]);
  }
  EXPECT_EQ(reader_->acquire(0), Status::CHECKSUM_MISMATCH);
  EXPECT_EQ(reader_->acquire(0), Status::TIMEOUT);
}

TEST_P(TamperedByte, AForgedEndIsNone) {
  ASSERT_EQ(put(*writer_, kText), Status::OK);
  writer_.reset();
  raw_->view().states[0].flags.store(MessageFlag::end);
  EXPECT_EQ(reader_->acquire(0), Status::CHECKSUM_MISMATCH);
  EXPECT_EQ(reader_->acquire(0), Status::TIMEOUT);  // and not END_OF_STREAM
}

TEST_P(TamperedByte, ATrueEndIsOne) {
  ASSERT_EQ(put(*writer_, kText), Status::OK);
  ASSERT_EQ(writer_->mark_end(0), Status::OK);
  ASSERT_EQ(reader_->acquire(0), Status::OK);
  ASSERT_EQ(reader_->release(), Status::OK);
  EXPECT_EQ(reader_->acquire(0), Status::END_OF_STREAM);
}

INSTANTIATE_TEST_SUITE_P(
    By, TamperedByte,
    ::testing::Combine(::testing::Values(ChecksumAlgorithm::xxh3, ChecksumAlgorithm::blake2b,
                                         ChecksumAlgorithm::blake2b_keyed),
                       ::testing::Values(ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest)),
    [](const auto& test) {
      const bool is_keyed = std::get<0>(test.param) == ChecksumAlgorithm::blake2b_keyed;
      return std::string(is_keyed ? "keyed" : to_string(std::get<0>(test.param))) + "_" +
             to_string(std::get<1>(test.param));
    });

// ---------------------------------------------------------------------------------------------- forgery

class Forgery : public SealedBlock {
 protected:
  Forgery() {
    create(sealed(), "f");
    writer_ = std::make_unique<Producer>("f", writing(secret()));
    reader_ = std::make_unique<Consumer>("f", reading(secret()));
  }
  /// Another text in the place of the message, with the checksum that a forger can make.
  void forge(ChecksumAlgorithm algorithm, const std::uint8_t* key) {
    ASSERT_EQ(put(*writer_, "pay 10"), Status::OK);
    const RawBlock block("f", dir());
    const View& view = block.view();
    std::memcpy(view.slot_payload(0), "pay 99", 6);
    const Digest digest = message_digest(algorithm, key, view.slot_payload(0), 0, 6, 0);
    for (std::size_t i = 0; i < digest.size(); ++i) {
      view.checksums[0].digest[i].store(digest[i]);
    }
  }

  std::unique_ptr<Producer> writer_;
  std::unique_ptr<Consumer> reader_;
};

TEST_F(Forgery, WithoutAKeyIsFound) {
  forge(ChecksumAlgorithm::blake2b, nullptr);
  EXPECT_EQ(reader_->acquire(0), Status::CHECKSUM_MISMATCH);
}

TEST_F(Forgery, WithTheSecretItselfAsTheKeyIsFound) {
  forge(ChecksumAlgorithm::blake2b_keyed, kBytes.data());
  EXPECT_EQ(reader_->acquire(0), Status::CHECKSUM_MISMATCH);
}

TEST_F(Forgery, WithTheKeyOfAnotherBlockOfThatSecretIsFound) {
  create(sealed(), "other");
  const Producer other("other", writing(secret()));
  forge(ChecksumAlgorithm::blake2b_keyed, other.view().checksum_key);
  EXPECT_EQ(reader_->acquire(0), Status::CHECKSUM_MISMATCH);
}

TEST_F(Forgery, IsFoundByValidationWithTheSecretOnly) {
  forge(ChecksumAlgorithm::blake2b, nullptr);
  Observer observer("f", dir());
  EXPECT_TRUE(validate(observer.file(), true, observer.key()).violations.empty());
  observer.use_secret(secret());
  EXPECT_EQ(validate(observer.file(), true, observer.key()).violations.size(), 1U);
}

/// That the tests above can fail: whoever has the key is believed.
TEST_F(Forgery, WithTheKeyIsNone) {
  forge(ChecksumAlgorithm::blake2b_keyed, writer_->view().checksum_key);
  EXPECT_EQ(reader_->acquire(0), Status::OK);
  EXPECT_EQ(testing::text_of(*reader_), "pay 99");
}

// ---------------------------------------------------------------------------------------------- what becomes
// of them

TEST_F(SealedBlock, ConsumersThatSkipGoOnAndCount) {
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential}) {
    const std::string name = std::string("skip-") + to_string(mode);
    create(sealed(), name);
    Producer writer(name, writing(secret()));
    ConsumerOptions options = reading(secret(), mode);
    options.on_corrupt = OnCorrupt::skip;
    Consumer reader(name, options);
    for (const char* text : {"one", "two", "three"}) {
      ASSERT_EQ(put(writer, text), Status::OK);
    }
    const RawBlock block(name, dir());
    block.view().slot_payload(0)[0] ^= std::byte{1};
    block.view().slot_payload(1)[0] ^= std::byte{1};
    ASSERT_EQ(reader.acquire(0), Status::OK);
    EXPECT_EQ(testing::text_of(reader), "three");
    EXPECT_EQ(reader.message().lost, 2U);
    EXPECT_EQ(reader.corrupt(), 2U);
    EXPECT_EQ(reader.lost(), 2U);
    ASSERT_EQ(reader.release(), Status::OK);
    EXPECT_EQ(reader.acquire(0), Status::TIMEOUT);
    EXPECT_EQ(block.view().metrics->checksum_failures.load(), 2U);
  }
}

TEST_F(SealedBlock, AWholeRingOfDamagedMessagesIsGoneThrough) {
  create(sealed(), "ring");
  Producer writer("ring", writing(secret()));
  ConsumerOptions options = reading(secret());
  options.on_corrupt = OnCorrupt::skip;
  Consumer reader("ring", options);
  const RawBlock block("ring", dir());
  for (std::uint64_t slot = 0; slot < block.view().slot_count; ++slot) {
    ASSERT_EQ(put(writer, "x"), Status::OK);
    block.view().slot_payload(slot)[0] ^= std::byte{1};
  }
  EXPECT_EQ(reader.acquire(0), Status::TIMEOUT);
  EXPECT_EQ(reader.corrupt(), block.view().slot_count);
}

TEST_F(SealedBlock, ByHandOneThatDiffersIsCounted) {
  BlockConfig wanted = sealed();
  wanted.checksum_policy = ChecksumPolicy::manual;
  create(wanted, "hand");
  ProducerOptions with = writing(secret());
  with.seal_all = true;
  Producer writer("hand", with);
  Consumer reader("hand", reading(secret()));
  ASSERT_EQ(put(writer, "x"), Status::OK);
  ASSERT_EQ(reader.acquire(0), Status::OK);
  EXPECT_EQ(reader.verify_checksum(), ChecksumVerdict::matches);
  const RawBlock block("hand", dir());
  block.view().slot_payload(0)[0] ^= std::byte{1};
  EXPECT_EQ(reader.verify_checksum(), ChecksumVerdict::differs);
  EXPECT_EQ(reader.corrupt(), 1U);
  EXPECT_EQ(block.view().metrics->checksum_failures.load(), 1U);
}

}  // namespace
}  // namespace datablock

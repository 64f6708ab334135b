// Checksums of messages: whatever is tampered with is found.
#include "core/checksum.hpp"

#include <array>
#include <cstring>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::kLongMs;
using testing::put;
using testing::put_numbers;
using testing::take;

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

// ---------------------------------------------------------------------------------------------- digests

constexpr std::array<std::uint8_t, 32> kKey = {1, 2, 3};

class DigestBy : public ::testing::TestWithParam<ChecksumAlgorithm> {
 protected:
  static Digest digest(std::string_view text, std::uint64_t seq = 1, std::uint32_t flags = 0) {
    const auto bytes = bytes_of(text);
    return message_digest(GetParam(), kKey.data(), bytes.data(), seq, bytes.size(), flags);
  }
};

TEST_P(DigestBy, IsTheSameForTheSameMessage) {
  EXPECT_EQ(digest("abc"), digest("abc"));
}
TEST_P(DigestBy, DiffersWithThePayload) {
  EXPECT_NE(digest("abc"), digest("abd"));
}
TEST_P(DigestBy, DiffersWithTheLength) {
  EXPECT_NE(digest("abc"), digest("ab"));
}
TEST_P(DigestBy, DiffersWithTheNumber) {
  EXPECT_NE(digest("abc", 1), digest("abc", 2));
}
TEST_P(DigestBy, DiffersWithTheFlags) {
  EXPECT_NE(digest("abc", 1, 0), digest("abc", 1, 1));
}
TEST_P(DigestBy, OfNothingIsNotZero) {
  EXPECT_NE(digest(""), Digest{});
}

TEST_P(DigestBy, SeesEveryBitOfALargePayload) {
  std::string text(5000, 'x');
  const Digest whole = digest(text);
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64},
                               std::size_t{240}, std::size_t{241}, std::size_t{1024}, text.size() - 1}) {
    text[at] = static_cast<char>(text[at] ^ 1);
    EXPECT_NE(digest(text), whole) << at;
    text[at] = static_cast<char>(text[at] ^ 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithm, DigestBy,
                         ::testing::Values(ChecksumAlgorithm::xxh3, ChecksumAlgorithm::blake2b,
                                           ChecksumAlgorithm::blake2b_keyed),
                         [](const auto& test) {
                           return test.param == ChecksumAlgorithm::blake2b_keyed
                                      ? std::string("keyed")
                                      : std::string(to_string(test.param));
                         });

TEST(Digests, KeyedOnesDifferWithTheKey) {
  const auto bytes = bytes_of("abc");
  constexpr auto kKeyed = ChecksumAlgorithm::blake2b_keyed;
  std::array<std::uint8_t, 32> other = kKey;
  other[31] ^= 1;
  const Digest digest = message_digest(kKeyed, kKey.data(), bytes.data(), 1, 3, 0);
  EXPECT_NE(digest, message_digest(kKeyed, other.data(), bytes.data(), 1, 3, 0));
  EXPECT_NE(digest, message_digest(ChecksumAlgorithm::blake2b, nullptr, bytes.data(), 1, 3, 0));
}

TEST(Digests, Blake2bFills32Bytes) {
  const auto bytes = bytes_of("abc");
  const Digest digest = message_digest(ChecksumAlgorithm::blake2b, nullptr, bytes.data(), 1, 3, 0);
  EXPECT_NE(digest[2], 0U);
  EXPECT_NE(digest[3], 0U);
}

TEST(Digests, OfARangeFollowItsBytesWhereverItIsCut) {
  const std::string text = "the header and then the zone table";
  RangeDigest whole;
  whole.update(text.data(), text.size());
  RangeDigest parts;
  parts.update(text.data(), 10);
  parts.update(text.data() + 10, text.size() - 10);
  EXPECT_EQ(whole.value(), parts.value());
}

// ---------------------------------------------------------------------------------------------- enforced

struct Tampering {
  const char* name;
  std::function<void(const View&)> act;  ///< on message 0 in slot 0

  friend void PrintTo(const Tampering& self, std::ostream* out) { *out << self.name; }
};

const Tampering kTamperings[] = {
    {"FirstByte", [](const View& view) { view.slot_payload(0)[0] ^= std::byte{1}; }},
    {"LastByte", [](const View& view) { view.slot_payload(0)[9] ^= std::byte{0x80}; }},
    {"LengthOneLess", [](const View& view) { view.states[0].length.store(9); }},
    {"LengthOneMore", [](const View& view) { view.states[0].length.store(11); }},
    {"LengthBeyondTheSlot", [](const View& view) { view.states[0].length.store(1 << 20); }},
    {"Flags", [](const View& view) { view.states[0].flags.store(MessageFlag::line); }},
    {"StoredDigest", [](const View& view) { view.checksums[0].digest[1].fetch_xor(1); }},
    {"StoredNumber", [](const View& view) { view.checksums[0].seq.store(4); }},
    {"StoredLength", [](const View& view) { view.checksums[0].length.store(9); }},
    {"MessageOfAnotherSlot",
     [](const View& view) {
       std::memcpy(view.slot_payload(0), view.slot_payload(1), 64);
       view.states[0].length.store(view.states[1].length.load());
       for (std::size_t i = 0; i < 4; ++i) {
         view.checksums[0].digest[i].store(view.checksums[1].digest[i].load());
       }
       view.checksums[0].length.store(view.checksums[1].length.load());
     }},
};

class Tampered : public BlockTest,
                 public ::testing::WithParamInterface<std::tuple<ChecksumAlgorithm, Tampering>> {
 protected:
  Tampered() {
    BlockConfig wanted = config();
    wanted.checksum_algorithm = std::get<0>(GetParam());
    create(wanted);
    writer_ = producer();
  }
  void tamper() const { std::get<1>(GetParam()).act(raw().view()); }
  std::unique_ptr<Producer> writer_;
};

TEST_P(Tampered, MessageIsNotHandedOver) {
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
    const std::string name = to_string(mode);
    BlockConfig wanted = config();
    wanted.checksum_algorithm = std::get<0>(GetParam());
    create(wanted, name);
    ProducerOptions writing;
    writing.dir = dir();
    Producer writer(name, writing);
    ConsumerOptions reading;
    reading.dir = dir();
    reading.mode = mode;
    Consumer reader(name, reading);
    if (mode == ConsumerMode::latest) {
      ASSERT_EQ(put(writer, "0123456789"), Status::OK);
      const testing::RawBlock block(name, dir());
      if (std::string(std::get<1>(GetParam()).name) == "MessageOfAnotherSlot") {
        continue;  // needs a second message, which would be the latest
      }
      std::get<1>(GetParam()).act(block.view());
      EXPECT_EQ(reader.acquire(0), Status::CHECKSUM_MISMATCH);
      EXPECT_EQ(reader.acquire(0), Status::TIMEOUT);
      continue;
    }
    ASSERT_EQ(put(writer, "0123456789"), Status::OK);
    ASSERT_EQ(put(writer, "next"), Status::OK);
    const testing::RawBlock block(name, dir());
    std::get<1>(GetParam()).act(block.view());
    EXPECT_EQ(reader.acquire(0), Status::CHECKSUM_MISMATCH);
    EXPECT_EQ(reader.in_hand(), 0U);
    ASSERT_EQ(reader.acquire(0), Status::OK);
    EXPECT_EQ(reader.message().seq, 1U);
    EXPECT_EQ(reader.message().lost, 1U);
    EXPECT_EQ(testing::text_of(reader), "next");
  }
}

TEST_P(Tampered, MessageIsCounted) {
  const auto reader = consumer();
  put(*writer_, "0123456789");
  put(*writer_, "next");
  tamper();
  reader->acquire(0);
  EXPECT_EQ(raw().view().metrics->checksum_failures.load(), 1U);
  EXPECT_EQ(raw().view().metrics->last_error_code.load(),
            static_cast<std::uint64_t>(Status::CHECKSUM_MISMATCH));
}

TEST_P(Tampered, MessageIsNamedByValidation) {
  put(*writer_, "0123456789");
  put(*writer_, "next");
  tamper();
  const auto block = raw();
  const ValidationReport report = validate(block.file(), block.view(), true);
  ASSERT_EQ(report.violations.size(), 1U);
  EXPECT_EQ(report.violations[0].slot, std::uint64_t{0});
  const std::string rule = report.violations[0].rule;
  EXPECT_TRUE(rule == "checksum" || rule == "message-length") << rule;
}

INSTANTIATE_TEST_SUITE_P(By, Tampered,
                         ::testing::Combine(::testing::Values(ChecksumAlgorithm::xxh3,
                                                              ChecksumAlgorithm::blake2b),
                                            ::testing::ValuesIn(kTamperings)),
                         [](const auto& test) {
                           return std::string(to_string(std::get<0>(test.param))) +
                                  std::get<1>(test.param).name;
                         });

class ChecksumTest : public BlockTest {
 protected:
  static BlockConfig checked(ChecksumPolicy policy = ChecksumPolicy::enforced) {
    BlockConfig wanted = config();
    wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
    wanted.checksum_policy = policy;
    return wanted;
  }
};

TEST_F(ChecksumTest, AWholeStreamPasses) {
  create(checked());
  const auto writer = producer();
  const auto reader = consumer();
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(put(*writer, std::string(static_cast<std::size_t>(i), 'x')), Status::OK);
    ASSERT_EQ(take(*reader, 0), std::string(static_cast<std::size_t>(i), 'x'));
  }
  EXPECT_EQ(violations(true), "");
}

TEST_F(ChecksumTest, TheAlgorithmIsStoredWithTheDigest) {
  create(checked());
  put(*producer(), "x");
  EXPECT_EQ(raw().view().checksums[0].algorithm.load(), static_cast<std::uint32_t>(ChecksumAlgorithm::xxh3));
}

TEST_F(ChecksumTest, ACheckedRunIsOneMessageSoThatADamagedOneIsNotInTheMiddle) {
  create(checked());
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 3);
  std::array<Message, 3> run;
  std::size_t count = 0;
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  EXPECT_EQ(count, 1U);
}

TEST_F(ChecksumTest, SeveralDamagedMessagesInARowAreAllDeclared) {
  create(checked());
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 4);
  for (std::uint64_t slot = 0; slot < 3; ++slot) {
    raw().view().slot_payload(slot)[0] ^= std::byte{1};
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(reader->acquire(0), Status::CHECKSUM_MISMATCH);
  }
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->message().lost, 3U);
  EXPECT_EQ(reader->lost(), 3U);
}

TEST_F(ChecksumTest, WithoutChecksumsNothingIsVerified) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  put(*writer, "x");
  raw().view().slot_payload(0)[0] ^= std::byte{1};
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->verify_checksum(), ChecksumVerdict::absent);
  EXPECT_EQ(writer->update_checksum(0), Status::NOTHING_IN_HAND);
  reader->release();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(writer->update_checksum(0), Status::CONFIG_INVALID);
}

TEST_F(ChecksumTest, ByHandIsVerifiedWhenAsked) {
  create(checked(ChecksumPolicy::manual));
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  writer->payload()[0] = std::byte{'x'};
  ASSERT_EQ(writer->update_checksum(1), Status::OK);
  ASSERT_EQ(writer->commit(1), Status::OK);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->verify_checksum(), ChecksumVerdict::matches);
  raw().view().slot_payload(0)[0] ^= std::byte{1};
  EXPECT_EQ(reader->verify_checksum(), ChecksumVerdict::differs);
}

TEST_F(ChecksumTest, ByHandAMessageWithoutOneIsDelivered) {
  create(checked(ChecksumPolicy::manual));
  const auto writer = producer();
  const auto reader = consumer();
  put(*writer, "x");
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->verify_checksum(), ChecksumVerdict::absent);
  EXPECT_EQ(violations(true), "");
}

TEST_F(ChecksumTest, ByHandTheChecksumOfTheLapBeforeIsNotTakenForThisOne) {
  BlockConfig wanted = checked(ChecksumPolicy::manual);
  wanted.slot_count = 1;
  create(wanted);
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(writer->update_checksum(0), Status::OK);
  ASSERT_EQ(writer->commit(0), Status::OK);
  take(*reader);
  put(*writer, "second");
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->verify_checksum(), ChecksumVerdict::absent);
}

TEST_F(ChecksumTest, ByHandATooLongOneIsRefused) {
  create(checked(ChecksumPolicy::manual));
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(writer->update_checksum(65), Status::MESSAGE_TOO_LARGE);
}

TEST_F(ChecksumTest, ByHandWithNothingInHandThereIsNoVerdict) {
  create(checked(ChecksumPolicy::manual));
  EXPECT_EQ(consumer()->verify_checksum(), ChecksumVerdict::absent);
}

TEST_F(ChecksumTest, MarksCarryOneToo) {
  create(checked());
  const auto writer = producer();
  const auto reader = consumer();
  put(*writer, "x");
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  EXPECT_EQ(take(*reader, 0), "x");
  EXPECT_EQ(reader->acquire(0), Status::END_OF_STREAM);
  EXPECT_EQ(violations(true), "");
}

}  // namespace
}  // namespace datablock

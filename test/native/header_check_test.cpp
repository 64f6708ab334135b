// What attach says to a file that is not, or not quite, a block: one clear error each, and never a crash.
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <random>

#include "core/checksum.hpp"
#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::message_thrown_by;
using testing::thrown_by;

constexpr std::size_t kTableSize = kMaxZones * sizeof(ZoneEntry);

class HeaderCheck : public BlockTest {
 protected:
  HeaderCheck() {
    BlockConfig wanted = config(5);
    wanted.zones = {{"zone", 100}, {"other", 5000}};
    wanted.schema = testing::sensor_schema();
    create(wanted);
    const SegmentFile file = open_segment(kName, dir(), false);
    header_ = file.header;
    zones_ = file.zones;
    schema_ = file.schema;
  }

  Status open_status(bool writable = false) const {
    return thrown_by([&] { open_segment(kName, dir(), writable); });
  }

  void write_at(std::uint64_t offset, const void* data, std::size_t size) const {
    const FileDescriptor fd(open(path().c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(pwrite(fd.get(), data, size, static_cast<off_t>(offset)), static_cast<ssize_t>(size));
  }

  void replace_file(const std::string& content) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << content;
  }

  /// Puts header_ and zones_ into the file, with a digest that matches them.
  void write_sealed() {
    header_.digest = header_digest(header_, zones_, schema_);
    write_at(0, &header_, sizeof header_);
    write_at(kHeaderSize, zones_.data(), kTableSize);
    write_at(kSchemaOffset, schema_.data(), schema_.size());
  }

  Status status_when_sealed() {
    write_sealed();
    return open_status();
  }

  Header header_;
  ZoneTable zones_;
  std::string schema_;
};

TEST_F(HeaderCheck, AcceptsWhatCreateMade) {
  EXPECT_EQ(open_status(), Status::OK);
}

// ---------------------------------------------------------------------------------------------- no block at
// all

TEST_F(HeaderCheck, AnEmptyFileIsNoBlock) {
  replace_file("");
  EXPECT_EQ(open_status(), Status::NOT_A_BLOCK);
}

TEST_F(HeaderCheck, AFileOfSevenBytesIsNoBlock) {
  replace_file("DATABLK");
  EXPECT_EQ(open_status(), Status::NOT_A_BLOCK);
}

TEST_F(HeaderCheck, AnAllZeroFileIsNoBlock) {
  replace_file(std::string(1 << 20, '\0'));
  EXPECT_EQ(open_status(), Status::NOT_A_BLOCK);
}

TEST_F(HeaderCheck, RandomBytesAreNoBlock) {
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    std::string bytes(20'000, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random());
    }
    replace_file(bytes);
    EXPECT_EQ(open_status(), Status::NOT_A_BLOCK);
  }
}

TEST_F(HeaderCheck, RandomBytesAfterTheMagicAreSomeError) {
  std::mt19937 random(2);
  for (int i = 0; i < 50; ++i) {
    std::string bytes(20'000, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random());
    }
    std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
    replace_file(bytes);
    EXPECT_NE(open_status(), Status::OK);
  }
}

TEST_F(HeaderCheck, TheMagicAloneIsATruncatedBlock) {
  replace_file(std::string(kMagic.data(), kMagic.size()));
  EXPECT_EQ(open_status(), Status::TRUNCATED);
}

// ---------------------------------------------------------------------------------------------- single
// errors

TEST_F(HeaderCheck, AFutureLayoutIsNamedBeforeAnythingElseOfIt) {
  header_.layout_version = kLayoutVersion + 1;
  header_.min_reader_version = kLayoutVersion + 1;
  header_.fingerprint ^= 1;
  header_.slot_count = 0;
  EXPECT_EQ(status_when_sealed(), Status::FUTURE_VERSION);
}

TEST_F(HeaderCheck, AFutureVersionNamesItsMakerAndOurs) {
  header_.layout_version = 7;
  header_.min_reader_version = 7;
  std::strcpy(header_.creator_version.data(), "9.8.7");
  write_sealed();
  const std::string message = message_thrown_by([&] { open_segment(kName, dir(), false); });
  EXPECT_NE(message.find("layout version 7, made by 9.8.7, this is version 1"), std::string::npos) << message;
}

TEST_F(HeaderCheck, AMakerWithoutEndIsNotReadBeyondItsField) {
  header_.min_reader_version = 7;
  header_.creator_version.fill('x');
  write_sealed();
  const std::string message = message_thrown_by([&] { open_segment(kName, dir(), false); });
  std::string maker = "made by ";
  maker.append(32, 'x').append(",");
  EXPECT_NE(message.find(maker), std::string::npos) << message;
}

TEST_F(HeaderCheck, ALaterLayoutThatWeMayReadIsAccepted) {
  header_.layout_version = kLayoutVersion + 1;
  EXPECT_EQ(status_when_sealed(), Status::OK);
}

TEST_F(HeaderCheck, LayoutVersionZeroIsCorrupt) {
  header_.layout_version = 0;
  EXPECT_EQ(status_when_sealed(), Status::HEADER_CORRUPT);
}

TEST_F(HeaderCheck, ReaderVersionZeroIsCorrupt) {
  header_.min_reader_version = 0;
  EXPECT_EQ(status_when_sealed(), Status::HEADER_CORRUPT);
}

TEST_F(HeaderCheck, AnotherFingerprintIsAnotherLayout) {
  header_.fingerprint ^= 1;
  EXPECT_EQ(status_when_sealed(), Status::LAYOUT_MISMATCH);
}

TEST_F(HeaderCheck, AWrongDigestIsCorrupt) {
  header_.digest ^= 1;
  write_at(0, &header_, sizeof header_);
  EXPECT_EQ(open_status(), Status::HEADER_CORRUPT);
}

TEST_F(HeaderCheck, EveryFlippedByteOfTheHeaderIsFound) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&header_);
  for (std::size_t i = 0; i < sizeof header_; ++i) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      const auto flipped = static_cast<unsigned char>(bytes[i] ^ mask);
      write_at(i, &flipped, 1);
      const Status status = open_status();
      if (i < 8) {
        EXPECT_EQ(status, Status::NOT_A_BLOCK) << i;
      } else {
        EXPECT_NE(status, Status::OK) << i;
      }
    }
    write_at(i, bytes + i, 1);
  }
  EXPECT_EQ(open_status(), Status::OK);
}

TEST_F(HeaderCheck, EveryFlippedByteOfTheZoneTableIsFound) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(zones_.data());
  for (std::size_t i = 0; i < kTableSize; ++i) {
    const auto flipped = static_cast<unsigned char>(bytes[i] ^ 0xff);
    write_at(kHeaderSize + i, &flipped, 1);
    EXPECT_EQ(open_status(), Status::HEADER_CORRUPT) << i;
    write_at(kHeaderSize + i, bytes + i, 1);
  }
}

TEST_F(HeaderCheck, EveryFlippedByteOfTheSchemaIsFound) {
  for (std::size_t i = 0; i < schema_.size(); ++i) {
    for (const int mask : {0x01, 0x20, 0xff}) {
      const char flipped = static_cast<char>(schema_[i] ^ mask);
      write_at(kSchemaOffset + i, &flipped, 1);
      EXPECT_EQ(open_status(), Status::HEADER_CORRUPT) << i;
    }
    write_at(kSchemaOffset + i, &schema_[i], 1);
  }
  EXPECT_EQ(open_status(), Status::OK);
}

// ---------------------------------------------------------------------------------------------- size of the
// file

TEST_F(HeaderCheck, AFileCutAnywhereIsTruncated) {
  std::vector<std::uint64_t> sizes = {8,
                                      9,
                                      sizeof(Header) - 1,
                                      sizeof(Header),
                                      kHeaderSize - 1,
                                      kHeaderSize,
                                      kHeaderSize + kTableSize - 1,
                                      kHeaderSize + kTableSize,
                                      header_.total_size - 1,
                                      header_.total_size / 2};
  for (const Section& part : header_.sections) {
    for (const std::uint64_t size : {part.offset, part.offset + 1, part.offset + part.size}) {
      if (size >= 8 && size < header_.total_size) {
        sizes.push_back(size);
      }
    }
  }
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  for (const std::uint64_t size : sizes) {
    ASSERT_EQ(truncate(path().c_str(), static_cast<off_t>(size)), 0);
    EXPECT_EQ(open_status(), Status::TRUNCATED) << size;
    EXPECT_EQ(open_status(true), Status::TRUNCATED) << size;
  }
}

TEST_F(HeaderCheck, ACutFileSaysHowMuchIsThere) {
  ASSERT_EQ(truncate(path().c_str(), 70'000), 0);
  EXPECT_NE(message_thrown_by([&] {
              open_segment(kName, dir(), false);
            }).find("70000 of " + std::to_string(header_.total_size)),
            std::string::npos);
}

TEST_F(HeaderCheck, AFileLongerThanItsBlockIsInconsistent) {
  for (const std::uint64_t more : {std::uint64_t{1}, std::uint64_t{65536}}) {
    ASSERT_EQ(truncate(path().c_str(), static_cast<off_t>(header_.total_size + more)), 0);
    EXPECT_EQ(open_status(), Status::HEADER_INCONSISTENT);
  }
}

// ----------------------------------------------------------------------------------------------
// contradictions

struct Contradiction {
  const char* name;
  std::function<void(Header&, ZoneTable&)> make;
  friend void PrintTo(const Contradiction& self, std::ostream* out) { *out << self.name; }
};

class Contradictory : public HeaderCheck, public ::testing::WithParamInterface<Contradiction> {};

TEST_P(Contradictory, HeaderIsRefusedThoughItsDigestMatches) {
  GetParam().make(header_, zones_);
  schema_.resize(std::min<std::size_t>(header_.schema_length, kMaxSchemaText));  // what the digest is of
  EXPECT_EQ(status_when_sealed(), Status::HEADER_INCONSISTENT);
}

TEST_F(HeaderCheck, ASchemaThatIsNoneIsInconsistentThoughItsDigestMatches) {
  schema_[1] = '\'';
  EXPECT_EQ(status_when_sealed(), Status::HEADER_INCONSISTENT);
}

TEST_F(HeaderCheck, AnotherSchemaUnderTheHashOfThisOneIsInconsistent) {
  schema_[schema_.find("\"x\"") + 1] = 'y';
  EXPECT_EQ(status_when_sealed(), Status::HEADER_INCONSISTENT);
}

Section& part(Header& header, SectionId id) {
  return header.sections[static_cast<std::size_t>(id)];
}

const Contradiction kContradictions[] = {
    {"NoSlots", [](Header& h, ZoneTable&) { h.slot_count = 0; }},
    {"OneSlotMore", [](Header& h, ZoneTable&) { h.slot_count += 10'000; }},
    {"TooManySlots", [](Header& h, ZoneTable&) { h.slot_count = kMaxSlots + 1; }},
    {"NoSlotSize", [](Header& h, ZoneTable&) { h.slot_size = 0; }},
    {"HugeSlotSize", [](Header& h, ZoneTable&) { h.slot_size = ~std::uint64_t{0}; }},
    {"SlotLargerThanStride", [](Header& h, ZoneTable&) { h.slot_size = h.stride + 1; }},
    {"StrideOverflowsWithSlots", [](Header& h, ZoneTable&) { h.stride = std::uint64_t{1} << 62; }},
    {"OddStride", [](Header& h, ZoneTable&) { h.stride += 1; }},
    {"NoParticipants", [](Header& h, ZoneTable&) { h.max_participants = 0; }},
    {"TooManyParticipants", [](Header& h, ZoneTable&) { h.max_participants = 65; }},
    {"FewerParticipantsThanPlaced", [](Header& h, ZoneTable&) { h.max_participants -= 1; }},
    {"MoreSyncThanParticipants", [](Header& h, ZoneTable&) { h.max_sync = h.max_participants + 1; }},
    {"TooManyZones", [](Header& h, ZoneTable&) { h.zone_count = kMaxZones + 1; }},
    {"NoSuchProducerMode", [](Header& h, ZoneTable&) { h.producer_mode = static_cast<ProducerMode>(3); }},
    {"ProducerModeZero", [](Header& h, ZoneTable&) { h.producer_mode = static_cast<ProducerMode>(0); }},
    {"NoSuchChecksum",
     [](Header& h, ZoneTable&) { h.checksum_algorithm = static_cast<ChecksumAlgorithm>(3); }},
    {"NoSuchPolicy", [](Header& h, ZoneTable&) { h.checksum_policy = static_cast<ChecksumPolicy>(2); }},
    {"NoSuchOverflow", [](Header& h, ZoneTable&) { h.overflow_policy = static_cast<OverflowPolicy>(2); }},
    {"NoSuchFences", [](Header& h, ZoneTable&) { h.fences = static_cast<Fences>(2); }},
    {"ChecksumsThatWereNotPlaced",
     [](Header& h, ZoneTable&) {
       h.checksum_algorithm = ChecksumAlgorithm::xxh3;
       h.slot_count = 5;
     }},
    {"TotalTooSmall", [](Header& h, ZoneTable&) { h.total_size -= kGroupAlignment; }},
    {"TotalTooLarge", [](Header& h, ZoneTable&) { h.total_size += kGroupAlignment; }},
    {"SectionMoved", [](Header& h, ZoneTable&) { part(h, SectionId::states).offset += kGroupAlignment; }},
    {"SectionsSwapped",
     [](Header& h, ZoneTable&) { std::swap(part(h, SectionId::states), part(h, SectionId::payload)); }},
    {"SectionGrown", [](Header& h, ZoneTable&) { part(h, SectionId::payload).size += 64; }},
    {"SectionBeyondTheEnd",
     [](Header& h, ZoneTable&) { part(h, SectionId::payload).offset = std::uint64_t{1} << 61; }},
    {"ZoneBeforeTheZones",
     [](Header& h, ZoneTable& z) { z[0].offset = part(h, SectionId::zones).offset - 1; }},
    {"ZoneStartsBeyondTheZones",
     [](Header& h, ZoneTable& z) { z[0].offset = part(h, SectionId::zones).offset + (1 << 20); }},
    {"ZoneEndsBeyondTheZones",
     [](Header& h, ZoneTable& z) {
       z[1].offset = part(h, SectionId::zones).offset + part(h, SectionId::zones).size - 4096;
     }},
    {"ZoneWrapsAround", [](Header&, ZoneTable& z) { z[0].offset = ~std::uint64_t{0} - 10; }},
    {"ZoneSizeOverflows", [](Header&, ZoneTable& z) { z[0].size = ~std::uint64_t{0}; }},
    {"SchemaLongerThanItsText", [](Header& h, ZoneTable&) { h.schema_length += 1; }},
    {"SchemaShorterThanItsText", [](Header& h, ZoneTable&) { h.schema_length -= 1; }},
    {"SchemaLongerThanTheHeader", [](Header& h, ZoneTable&) { h.schema_length = kMaxSchemaText + 1; }},
    {"SchemaOfAllMemory", [](Header& h, ZoneTable&) { h.schema_length = ~std::uint32_t{0}; }},
    {"SchemaTakenAway", [](Header& h, ZoneTable&) { h.schema_length = 0; }},
    {"SchemaMoved", [](Header& h, ZoneTable&) { part(h, SectionId::schema).offset += 8; }},
    {"SchemaSectionGrown", [](Header& h, ZoneTable&) { part(h, SectionId::schema).size += 1; }},
    {"SchemaOfAnotherName", [](Header& h, ZoneTable&) { h.schema_name[0] = 'X'; }},
    {"SchemaNameWithoutEnd", [](Header& h, ZoneTable&) { h.schema_name.fill('x'); }},
    {"SchemaOfAnotherVersion", [](Header& h, ZoneTable&) { h.schema_version[2] += 1; }},
    {"SchemaOfAnotherHash", [](Header& h, ZoneTable&) { h.schema_hash[31] ^= 1; }},
    {"SlotSmallerThanItsRecord", [](Header& h, ZoneTable&) { h.slot_size = 15; }},
    {"ZoneNameWithoutEnd", [](Header&, ZoneTable& z) { z[0].name.fill('x'); }},
};
INSTANTIATE_TEST_SUITE_P(Because, Contradictory, ::testing::ValuesIn(kContradictions),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(HeaderCheck, RandomFieldsUnderAMatchingDigestNeverCrash) {
  const Header good = header_;
  const ZoneTable good_zones = zones_;
  std::mt19937_64 random(3);
  for (int i = 0; i < 3000; ++i) {
    header_ = good;
    zones_ = good_zones;
    auto* bytes = reinterpret_cast<unsigned char*>(&header_);
    for (int change = 0; change < 3; ++change) {
      const std::size_t at =
          offsetof(Header, total_size) + random() % (offsetof(Header, digest) - offsetof(Header, total_size));
      bytes[at] = random() % 3 == 0 ? 0xff : static_cast<unsigned char>(random());
    }
    reinterpret_cast<unsigned char*>(zones_.data())[random() % (2 * sizeof(ZoneEntry))] =
        static_cast<unsigned char>(random());
    if (status_when_sealed() == Status::OK) {
      Observer observer(kName, dir());  // what is accepted can be used
      observer.snapshot(1, 10);
    }
  }
}

}  // namespace
}  // namespace datablock

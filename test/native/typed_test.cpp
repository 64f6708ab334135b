// Producers and consumers of one type.
#include "support/cpp_block_test.hpp"

namespace datablock {
namespace {

using testing::CppBlockTest;
using testing::thrown_by;

struct Reading {
  std::uint64_t number;
  double value;
  friend bool operator==(const Reading&, const Reading&) = default;
};

struct Described {
  std::uint64_t number;
  double value;
};
DATABLOCK_SCHEMA(Described, "1.0.0", number, (value, "m"));

namespace other {

struct Described {
  std::uint64_t number;
  float value[2];
};
DATABLOCK_SCHEMA(Described, "1.0.0", number, (value, "m"));

}  // namespace other

class TypedTest : public CppBlockTest {
 protected:
  ProducerOptions options() const {
    ProducerOptions options;
    options.dir = dir();
    return options;
  }
};

TEST_F(TypedTest, ValuesAreCopiedOrFilledInPlace) {
  auto producer = TypedDataBlockProducer<Reading>::create(kName, {.slot_count = 4}, options());
  EXPECT_EQ(producer->view().slot_size, sizeof(Reading));
  auto consumer = TypedDataBlockConsumer<Reading>::open(kName, consumer_options());
  producer.write({1, 0.5}, 0);
  EXPECT_EQ(consumer.read(0), (Reading{1, 0.5}));
  const Reading* place = nullptr;
  producer.with_write_transaction(0, [&](Reading& reading) {
    place = &reading;
    reading.number = 2;
    reading.value = 1.5;
  });
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(place) % 64, 0U);
  const double value =
      consumer.with_read_transaction(0, [](const Reading& reading) { return reading.value; });
  EXPECT_EQ(value, 1.5);
  EXPECT_THROW(consumer.read(0), TimeoutError);
}

TEST_F(TypedTest, ATypeThatDoesNotFitIsRefusedWhenOpening) {
  BlockConfig small = config();
  small.slot_size = sizeof(Reading) - 1;
  create(small);
  EXPECT_EQ(thrown_by([&] { TypedDataBlockProducer<Reading>::open(kName, options()); }),
            Status::TYPE_MISMATCH);
  EXPECT_EQ(thrown_by([&] { TypedDataBlockConsumer<Reading>::open(kName, consumer_options()); }),
            Status::TYPE_MISMATCH);
  EXPECT_FALSE(raw().is_locked(1));  // it has left
}

TEST_F(TypedTest, AMessageOfAnotherLengthIsNotAValue) {
  create(config());
  auto producer = open_producer();
  auto consumer = TypedDataBlockConsumer<Reading>::open(kName, consumer_options());
  testing::send(producer, "0123456789");
  EXPECT_EQ(thrown_by([&] { consumer.read(0); }), Status::TYPE_MISMATCH);
  EXPECT_EQ(consumer.untyped().acquire_consume_slot(0).status(), Status::TIMEOUT);
}

/// A value whose members have defaults is made with them, and not of what lay in the slot.
TEST_F(TypedTest, DefaultsAreThere) {
  struct WithDefaults {
    std::uint64_t number = 5;
  };
  auto producer = TypedDataBlockProducer<WithDefaults>::create(kName, {.slot_count = 1}, options());
  auto consumer = TypedDataBlockConsumer<WithDefaults>::open(kName, consumer_options());
  for (int i = 0; i < 2; ++i) {
    producer.with_write_transaction(0, [](WithDefaults& value) { value.number += 1; });
    EXPECT_EQ(consumer.read(0).number, 6U);
  }
}

TEST_F(TypedTest, ATypeThatIsDescribedBringsItsSchema) {
  auto producer = TypedDataBlockProducer<Described>::create(kName, {.slot_count = 4}, options());
  EXPECT_EQ(producer->attachment().file().schema, schema_text<Described>());
  auto consumer = TypedDataBlockConsumer<Described>::open(kName, consumer_options());
  producer.write({1, 0.5}, 0);
  EXPECT_EQ(consumer.read(0).value, 0.5);
  EXPECT_THROW(TypedDataBlockConsumer<other::Described>::open(kName, consumer_options()),
               SchemaValidationError);
  EXPECT_THROW(TypedDataBlockProducer<other::Described>::open(kName, options()), SchemaValidationError);
  // One that is not described is bytes, as before.
  EXPECT_NO_THROW(TypedDataBlockConsumer<Reading>::open(kName, consumer_options()));
}

TEST_F(TypedTest, ATypeThatIsDescribedIsNotForABlockOfBytes) {
  create(config());
  EXPECT_EQ(thrown_by([&] { TypedDataBlockConsumer<Described>::open(kName, consumer_options()); }),
            Status::NO_SCHEMA);
}

}  // namespace
}  // namespace datablock

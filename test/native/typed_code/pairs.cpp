// Pairs of functions that do the same: one through the typed interface, one by hand on a raw struct.
// check-typed-code compares their machine code.
#include "datablock/datablock.hpp"

using namespace datablock;

struct Reading {
  std::uint64_t number;
  double value;
};

extern "C" {

void write_typed(TypedDataBlockProducer<Reading>& producer, std::uint64_t number, double value) {
  producer.with_write_transaction(-1, [&](Reading& reading) {
    reading.number = number;
    reading.value = value;
  });
}

void write_raw(TypedDataBlockProducer<Reading>& producer, std::uint64_t number, double value) {
  with_write_transaction(producer.untyped(), -1, [&](SlotWriteHandle& slot) {
    slot.set_length(sizeof(Reading));
    auto* reading = reinterpret_cast<Reading*>(slot.buffer_span().data());
    reading->number = number;
    reading->value = value;
  });
}

double read_typed(TypedDataBlockConsumer<Reading>& consumer) {
  return consumer.with_read_transaction(-1, [](const Reading& reading) { return reading.value; });
}

double read_raw(TypedDataBlockConsumer<Reading>& consumer) {
  return with_read_transaction(consumer.untyped(), -1, [](const SlotConsumeHandle& slot) {
    if (slot.buffer_span().size() != sizeof(Reading)) [[unlikely]] {
      throw_status(Status::TYPE_MISMATCH);
    }
    return reinterpret_cast<const Reading*>(slot.buffer_span().data())->value;
  });
}
}

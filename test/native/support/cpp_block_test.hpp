// A block and participants through the C++ interface.
#pragma once

#include <string>
#include <string_view>

#include "datablock/datablock.hpp"
#include "support/block_test.hpp"

namespace datablock::testing {

class CppBlockTest : public BlockTest {
 protected:
  DataBlockProducer open_producer() const {
    ProducerOptions options;
    options.dir = dir();
    return DataBlockProducer::open(kName, options);
  }
  ConsumerOptions consumer_options(ConsumerMode mode = ConsumerMode::sync,
                                   StartFrom from = StartFrom::latest) const {
    ConsumerOptions options;
    options.dir = dir();
    options.mode = mode;
    options.from = from;
    return options;
  }
  DataBlockConsumer open_consumer(ConsumerMode mode = ConsumerMode::sync,
                                  StartFrom from = StartFrom::latest) const {
    return DataBlockConsumer::open(kName, consumer_options(mode, from));
  }
  /// Takes the hold of a sync consumer, as an operator would.
  Status evict(const DataBlockConsumer& consumer) const {
    const std::uint8_t id = consumer->attachment().id();
    return recovery().evict_consumer(id, raw().entry(id).generation(), raw().hold(id));
  }
};

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Publishes a text by a transaction.
inline void send(DataBlockProducer& producer, std::string_view text) {
  with_write_transaction(producer, kLongMs,
                         [&](SlotWriteHandle& slot) { ASSERT_EQ(slot.write(bytes_of(text)), Status::OK); });
}

/// The next text; the name of what is thrown, in angle brackets, where there is none.
inline std::string receive(DataBlockConsumer& consumer, std::int64_t timeout_ms = kLongMs) {
  try {
    return with_read_transaction(consumer, timeout_ms,
                                 [](const SlotConsumeHandle& slot) { return text_of(slot.buffer_span()); });
  } catch (const Error& error) {
    return std::string("<") + catalogue_entry(error.status()).name + ">";
  }
}

}  // namespace datablock::testing

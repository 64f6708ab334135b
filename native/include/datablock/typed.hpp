// Blocks whose messages are all of one type, written and read where they lie.
//
//     struct Reading { std::uint64_t at_ns; double celsius; };
//     auto producer = TypedDataBlockProducer<Reading>::create("sensor", {.slot_count = 64});
//     producer.with_write_transaction(100, [](Reading& reading) { reading = measure(); });
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

#include "datablock/schema.hpp"
#include "datablock/transactions.hpp"

namespace datablock {

/// Throws Error(TYPE_MISMATCH) where a slot of the block cannot hold a `T`.
template <SlotValue T>
void require_room_for(const View& view) {
  if (view.slot_size < sizeof(T)) {
    throw_status(Status::TYPE_MISMATCH, "A slot holds " + std::to_string(view.slot_size) +
                                            " bytes, the type has " + std::to_string(sizeof(T)) + ".");
  }
}

/// `given`, which has a schema: that of a `T`, where it has one (DATABLOCK_SCHEMA) and `given` names none.
template <SlotValue T, class Options>
Options with_schema_of(Options given) {
  if constexpr (Record<T>) {
    if (given.schema.empty()) {
      given.schema = schema_text<T>();
    }
  }
  return given;
}

template <SlotValue T>
class TypedDataBlockProducer {
 public:
  /// Attaches to a block, which must have the schema of a `T`, if that has one. Throws what
  /// DataBlockProducer::open() throws (SchemaValidationError), and TYPE_MISMATCH.
  static TypedDataBlockProducer open(const std::string& name, const ProducerOptions& options = {}) {
    return TypedDataBlockProducer(DataBlockProducer::open(name, with_schema_of<T>(options)));
  }

  /// Makes the block, or joins the one of that configuration. A slot size of 0 stands for that of a `T`; no
  /// schema for its schema, if it has one.
  static TypedDataBlockProducer create(const std::string& name, BlockConfig config,
                                       const ProducerOptions& options = {}) {
    config.slot_size = config.slot_size == 0 ? sizeof(T) : config.slot_size;
    return TypedDataBlockProducer(
        DataBlockProducer::create(name, with_schema_of<T>(std::move(config)), with_schema_of<T>(options)));
  }

  /// Writes a copy. Throws what with_write_transaction() throws.
  void write(const T& value, std::int64_t timeout_ms = -1) {
    with_write_transaction(timeout_ms, [&](T& slot) { slot = value; });
  }

  /// `body(T&)` fills a value in place.
  template <std::invocable<T&> Body>
  decltype(auto) with_write_transaction(std::int64_t timeout_ms, Body&& body) {
    return datablock::with_write_transaction(
        producer_, timeout_ms, [&](SlotWriteHandle& slot) -> decltype(auto) {
          return std::forward<Body>(body)(slot.emplace<T>());  // there is room: open() has looked
        });
  }

  DataBlockProducer& untyped() noexcept { return producer_; }
  Producer* operator->() const noexcept { return producer_.operator->(); }

 private:
  explicit TypedDataBlockProducer(DataBlockProducer producer) : producer_(std::move(producer)) {
    require_room_for<T>(producer_->view());
  }

  DataBlockProducer producer_;
};

template <SlotValue T>
class TypedDataBlockConsumer {
 public:
  /// Attaches to a block, whose schema must be that of a `T`, if that has one, by `options.schema_match`.
  /// Throws what DataBlockConsumer::open() throws (SchemaValidationError), and TYPE_MISMATCH.
  static TypedDataBlockConsumer open(const std::string& name, const ConsumerOptions& options = {}) {
    return TypedDataBlockConsumer(DataBlockConsumer::open(name, with_schema_of<T>(options)));
  }

  /// Copies the next value out. Throws what with_read_transaction() throws.
  T read(std::int64_t timeout_ms = -1) {
    return with_read_transaction(timeout_ms, [](const T& value) { return value; });
  }

  /// `body(const T&)` reads a value in place. Throws TYPE_MISMATCH where the message is not as long as a `T`.
  template <std::invocable<const T&> Body>
  decltype(auto) with_read_transaction(std::int64_t timeout_ms, Body&& body) {
    return SlotRWAccess::with_typed_read<T>(consumer_, std::forward<Body>(body), timeout_ms);
  }

  DataBlockConsumer& untyped() noexcept { return consumer_; }
  Consumer* operator->() const noexcept { return consumer_.operator->(); }

 private:
  explicit TypedDataBlockConsumer(DataBlockConsumer consumer) : consumer_(std::move(consumer)) {
    require_room_for<T>(consumer_->view());
  }

  DataBlockConsumer consumer_;
};

}  // namespace datablock

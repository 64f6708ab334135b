// The processes of a soak. Each checks all that it can see itself.
#pragma once

#include <cstdint>
#include <string>

#include "core/consumer.hpp"
#include "core/producer.hpp"
#include "ledger.hpp"

namespace datablock::soak {

/// Every message says who wrote it, as which of its messages, and fills the rest with what follows from that.
struct Stamp {
  std::uint64_t run;
  std::uint64_t index;
};

/// Writes until the ledger says stop, then marks its end.
void produce(Ledger& ledger, const std::string& block, std::uint32_t run, std::uint64_t seed);

/// Reads to the end of the stream. `is_witness`: also keeps the ledger's count for each producer.
void consume(Ledger& ledger, const std::string& block, std::uint32_t run, ConsumerMode mode, bool is_witness);

/// Plans and applies a recovery, as a cron job would.
void recover(Ledger& ledger, const std::string& block);

/// Looks at everything, as a monitor would: what it finds wrong must be a dead participant's.
void observe(Ledger& ledger, const std::string& block);

/// Counts and prints something that must never happen.
void fail(Ledger& ledger, const std::string& what);

}  // namespace datablock::soak

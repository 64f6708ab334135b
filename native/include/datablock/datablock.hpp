// DataBlock: messages between processes of one machine, through a named block of shared memory. The C++20
// interface.
//
//     #include <datablock/datablock.hpp>
//     using namespace datablock;
//
//     auto producer = DataBlockProducer::create("sensor", {.slot_count = 64, .slot_size = 4096});
//     with_write_transaction(producer, 100, [](SlotWriteHandle& slot) { slot.write(measure()); });
//
//     auto consumer = DataBlockConsumer::open("sensor", {.from = StartFrom::oldest});   // in another process
//     for (const SlotConsumeHandle& slot : DataBlockSlotIterator(consumer)) store(slot.buffer_span());
//
// Read on, top down:
//     participants.hpp    the primitive calls: DataBlockProducer, DataBlockConsumer, their slot handles
//     transactions.hpp    with_write_transaction(), with_read_transaction(), with_next_slot(), guards
//     slot_iterator.hpp   DataBlockSlotIterator: range-for, seek_to(), seek_latest()
//     typed.hpp           TypedDataBlockProducer<T>, TypedDataBlockConsumer<T>
//     operations.hpp      SlotDiagnostics, SlotRecovery, IntegrityValidator, HeartbeatManager
//     core/zone_user.hpp  SharedSpinLock and its guards, ZoneUser
//
// The way of a message is inline, down to the protocol in core/; docs/protocol.md says what it guarantees.
// The rest is in libdatablock.a, whose version is that of these headers. Opening, looking and repairing throw
// Error; so do transactions. The primitive calls return a Status. `datablock.h` is the same as a C interface.
#pragma once

#include "core/zone_user.hpp"
#include "datablock/operations.hpp"
#include "datablock/participants.hpp"
#include "datablock/slot_iterator.hpp"
#include "datablock/transactions.hpp"
#include "datablock/typed.hpp"

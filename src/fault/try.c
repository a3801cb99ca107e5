/* SPDX-License-Identifier: MIT */
/* try.c - STEPPE_TRY: opening, closing and unwinding to frames. */
#include "fault/frames.h"

#include "base/check.h"
#include "base/status.h"

static STP_THREAD_LOCAL steppe_fault *innermost;

static bool is_probe(const steppe_fault *frame)
{
    return frame->catches_size_ != 0;
}

/* The side of a probe's copy that is the caller's own faults like any access of the program's. */
steppe_fault *stp_frames_catching(uintptr_t address)
{
    steppe_fault *frame = innermost;
    while (frame && is_probe(frame) && address - frame->catches_first_ >= frame->catches_size_)
        frame = frame->outer_;
    return frame;
}

steppe_fault *stp_frames_probe_at(uintptr_t address)
{
    steppe_fault *frame = stp_frames_catching(address);
    return frame && is_probe(frame) ? frame : NULL;
}

void stp_frames_push(steppe_fault *frame)
{
    STP_ASSERT(frame);
    frame->outer_ = innermost;
    frame->place_ = stp_platform_fault_place();
    innermost = frame;
}

void stp_frames_pop(steppe_fault *frame)
{
    innermost = frame->outer_;
}

_Noreturn void stp_frames_unwind(steppe_fault *frame, const steppe_fault *description,
                                 const struct stp_platform_fault *fault)
{
    frame->reservation = description->reservation;
    frame->address = description->address;
    frame->offset_bytes = description->offset_bytes;
    frame->access = description->access;
    frame->reason = description->reason;
    frame->budget = description->budget;
    frame->instruction = description->instruction;
    stp_frames_pop(frame);
    stp_platform_fault_leave(fault, frame->place_, &frame->jump_);
}

/* An object twice in the chain would make it a ring, and a fault turn in it for ever. */
static bool is_open(const steppe_fault *fault)
{
    const steppe_fault *frame = innermost;
    while (frame && frame != fault)
        frame = frame->outer_;
    return frame;
}

steppe_fault *steppe_try_open_(steppe_fault *fault)
{
    if (is_open(fault))
        stp_check_failed("a steppe_fault serves one open STEPPE_TRY at a time", __FILE__, __LINE__);
    fault->catches_first_ = 0;
    fault->catches_size_ = 0;
    stp_frames_push(fault);
    return fault;
}

void steppe_try_close_(steppe_fault **fault)
{
    stp_frames_pop(*fault);
}

steppe_fault *steppe_try_innermost_(void)
{
    return innermost;
}

void steppe_try_return_(steppe_fault *fault)
{
    innermost = fault;
}

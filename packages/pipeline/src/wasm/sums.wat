;; Bytes that ids stand for, summed up. `lengths` are 16 bits wide, for each id below `size` and one more: ids that no vocabulary has count
;; as `size`. Sums are 32 bits wide. All pointers are byte offsets. Every id of a run comes by here twice: loops are unrolled, and look at
;; no id that is known to be in the table.
(module
  (memory (export "memory") 1 65536)

  ;; Running sums of ids of 32 bits: sums[i] = lengths[ids[0]] + … + lengths[ids[i]], for i < count; the last one is the result.
  (func (export "sumWide") (param $ids i32) (param $count i32) (param $lengths i32) (param $size i32) (param $sums i32) (result i32)
    (if (result i32)
      (i32.lt_u (call $highestWide (local.get $ids) (local.get $count)) (local.get $size))
      (then
        (call $sumWideInside (local.get $ids) (local.get $count) (local.get $lengths) (local.get $sums)))
      (else
        (call $sumWideChecked (local.get $ids) (local.get $count) (local.get $lengths) (local.get $size) (local.get $sums)))))

  ;; Running sums of ids of 16 bits: sums[i] = lengths[ids[0]] + … + lengths[ids[i]], for i < count; the last one is the result.
  (func (export "sumNarrow") (param $ids i32) (param $count i32) (param $lengths i32) (param $size i32) (param $sums i32) (result i32)
    (if (result i32)
      (i32.lt_u (call $highestNarrow (local.get $ids) (local.get $count)) (local.get $size))
      (then
        (call $sumNarrowInside (local.get $ids) (local.get $count) (local.get $lengths) (local.get $sums)))
      (else
        (call $sumNarrowChecked (local.get $ids) (local.get $count) (local.get $lengths) (local.get $size) (local.get $sums)))))

  ;; Ids that are all in the table.
  (func $sumWideInside (param $ids i32) (param $count i32) (param $lengths i32) (param $sums i32) (result i32)
    (local $sum i32) (local $end i32)
    (local.set $end (i32.add (local.get $ids) (i32.shl (local.get $count) (i32.const 2))))
    (block $rest
      (loop $four
        (br_if $rest (i32.gt_u (i32.add (local.get $ids) (i32.const 16)) (local.get $end)))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u
              (i32.add (local.get $lengths) (i32.shl (i32.load offset=0 (local.get $ids)) (i32.const 1))))))
        (i32.store offset=0 (local.get $sums) (local.get $sum))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u
              (i32.add (local.get $lengths) (i32.shl (i32.load offset=4 (local.get $ids)) (i32.const 1))))))
        (i32.store offset=4 (local.get $sums) (local.get $sum))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u
              (i32.add (local.get $lengths) (i32.shl (i32.load offset=8 (local.get $ids)) (i32.const 1))))))
        (i32.store offset=8 (local.get $sums) (local.get $sum))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u
              (i32.add (local.get $lengths) (i32.shl (i32.load offset=12 (local.get $ids)) (i32.const 1))))))
        (i32.store offset=12 (local.get $sums) (local.get $sum))
        (local.set $ids (i32.add (local.get $ids) (i32.const 16)))
        (local.set $sums (i32.add (local.get $sums) (i32.const 16)))
        (br $four)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $ids) (local.get $end)))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u (i32.add (local.get $lengths) (i32.shl (i32.load (local.get $ids)) (i32.const 1))))))
        (i32.store (local.get $sums) (local.get $sum))
        (local.set $sums (i32.add (local.get $sums) (i32.const 4)))
        (local.set $ids (i32.add (local.get $ids) (i32.const 4)))
        (br $next)))
    (local.get $sum))

  ;; The same for ids of 16 bits.
  (func $sumNarrowInside (param $ids i32) (param $count i32) (param $lengths i32) (param $sums i32) (result i32)
    (local $sum i32) (local $end i32)
    (local.set $end (i32.add (local.get $ids) (i32.shl (local.get $count) (i32.const 1))))
    (block $rest
      (loop $four
        (br_if $rest (i32.gt_u (i32.add (local.get $ids) (i32.const 8)) (local.get $end)))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u
              (i32.add (local.get $lengths) (i32.shl (i32.load16_u offset=0 (local.get $ids)) (i32.const 1))))))
        (i32.store offset=0 (local.get $sums) (local.get $sum))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u
              (i32.add (local.get $lengths) (i32.shl (i32.load16_u offset=2 (local.get $ids)) (i32.const 1))))))
        (i32.store offset=4 (local.get $sums) (local.get $sum))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u
              (i32.add (local.get $lengths) (i32.shl (i32.load16_u offset=4 (local.get $ids)) (i32.const 1))))))
        (i32.store offset=8 (local.get $sums) (local.get $sum))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u
              (i32.add (local.get $lengths) (i32.shl (i32.load16_u offset=6 (local.get $ids)) (i32.const 1))))))
        (i32.store offset=12 (local.get $sums) (local.get $sum))
        (local.set $ids (i32.add (local.get $ids) (i32.const 8)))
        (local.set $sums (i32.add (local.get $sums) (i32.const 16)))
        (br $four)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $ids) (local.get $end)))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u (i32.add (local.get $lengths) (i32.shl (i32.load16_u (local.get $ids)) (i32.const 1))))))
        (i32.store (local.get $sums) (local.get $sum))
        (local.set $sums (i32.add (local.get $sums) (i32.const 4)))
        (local.set $ids (i32.add (local.get $ids) (i32.const 2)))
        (br $next)))
    (local.get $sum))

  ;; The same where some ids may be no tokens.
  (func $sumWideChecked (param $ids i32) (param $count i32) (param $lengths i32) (param $size i32) (param $sums i32) (result i32)
    (local $sum i32) (local $end i32) (local $id i32)
    (local.set $end (i32.add (local.get $ids) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $ids) (local.get $end)))
        (local.set $id (i32.load (local.get $ids)))
        (local.set $id
          (select (local.get $id) (local.get $size) (i32.lt_u (local.get $id) (local.get $size))))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u (i32.add (local.get $lengths) (i32.shl (local.get $id) (i32.const 1))))))
        (i32.store (local.get $sums) (local.get $sum))
        (local.set $ids (i32.add (local.get $ids) (i32.const 4)))
        (local.set $sums (i32.add (local.get $sums) (i32.const 4)))
        (br $next)))
    (local.get $sum))

  (func $sumNarrowChecked (param $ids i32) (param $count i32) (param $lengths i32) (param $size i32) (param $sums i32) (result i32)
    (local $sum i32) (local $end i32) (local $id i32)
    (local.set $end (i32.add (local.get $ids) (i32.shl (local.get $count) (i32.const 1))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $ids) (local.get $end)))
        (local.set $id (i32.load16_u (local.get $ids)))
        (local.set $id
          (select (local.get $id) (local.get $size) (i32.lt_u (local.get $id) (local.get $size))))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u (i32.add (local.get $lengths) (i32.shl (local.get $id) (i32.const 1))))))
        (i32.store (local.get $sums) (local.get $sum))
        (local.set $ids (i32.add (local.get $ids) (i32.const 2)))
        (local.set $sums (i32.add (local.get $sums) (i32.const 4)))
        (br $next)))
    (local.get $sum))

  ;; The highest of ids of 32 bits, without a sign; 0 of none.
  (func $highestWide (export "highestWide") (param $ids i32) (param $count i32) (result i32)
    (local $end i32) (local $highest i32) (local $id i32) (local $lanes v128)
    (local.set $end (i32.add (local.get $ids) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.gt_u (i32.add (local.get $ids) (i32.const 16)) (local.get $end)))
        (local.set $lanes (i32x4.max_u (local.get $lanes) (v128.load align=1 (local.get $ids))))
        (local.set $ids (i32.add (local.get $ids) (i32.const 16)))
        (br $next)))
    (local.set $lanes
      (i32x4.max_u (local.get $lanes)
        (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $lanes) (local.get $lanes))))
    (local.set $lanes
      (i32x4.max_u (local.get $lanes)
        (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 0 1 2 3 (local.get $lanes) (local.get $lanes))))
    (local.set $highest (i32x4.extract_lane 0 (local.get $lanes)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $ids) (local.get $end)))
        (local.set $id (i32.load (local.get $ids)))
        (local.set $highest
          (select (local.get $id) (local.get $highest) (i32.gt_u (local.get $id) (local.get $highest))))
        (local.set $ids (i32.add (local.get $ids) (i32.const 4)))
        (br $next)))
    (local.get $highest))

  ;; The highest of ids of 16 bits, without a sign; 0 of none.
  (func $highestNarrow (export "highestNarrow") (param $ids i32) (param $count i32) (result i32)
    (local $end i32) (local $highest i32) (local $id i32) (local $lanes v128)
    (local.set $end (i32.add (local.get $ids) (i32.shl (local.get $count) (i32.const 1))))
    (block $done
      (loop $next
        (br_if $done (i32.gt_u (i32.add (local.get $ids) (i32.const 16)) (local.get $end)))
        (local.set $lanes (i16x8.max_u (local.get $lanes) (v128.load align=1 (local.get $ids))))
        (local.set $ids (i32.add (local.get $ids) (i32.const 16)))
        (br $next)))
    (local.set $lanes
      (i16x8.max_u (local.get $lanes)
        (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $lanes) (local.get $lanes))))
    (local.set $lanes
      (i16x8.max_u (local.get $lanes)
        (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 0 1 2 3 (local.get $lanes) (local.get $lanes))))
    (local.set $lanes
      (i16x8.max_u (local.get $lanes)
        (i8x16.shuffle 2 3 4 5 6 7 8 9 10 11 12 13 14 15 0 1 (local.get $lanes) (local.get $lanes))))
    (local.set $highest (i16x8.extract_lane_u 0 (local.get $lanes)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $ids) (local.get $end)))
        (local.set $id (i32.load16_u (local.get $ids)))
        (local.set $highest
          (select (local.get $id) (local.get $highest) (i32.gt_u (local.get $id) (local.get $highest))))
        (local.set $ids (i32.add (local.get $ids) (i32.const 2)))
        (br $next)))
    (local.get $highest)))

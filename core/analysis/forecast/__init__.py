"""What a run or a sweep will need and take, before it is measured."""

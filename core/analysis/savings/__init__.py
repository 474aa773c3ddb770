"""What another configuration saves in money per month: arithmetic, verdict, words, no drawing."""
